// Keeps a page that is looked at up to date, tells of what happens, and says so when it cannot.
"use strict";
(() => {
  const every = 10_000; // milliseconds, like all that follow
  const soon = 400; // after an event: others often follow
  const shown = 10_000;
  const most = 4; // at once
  const isLive = document.querySelector("main").hasAttribute("data-live");

  // ---- the page's main part, fetched anew

  let last = Date.now();
  let isFetching = false;

  const complain = () => {
    const contact = document.getElementById("contact");
    const seconds = Math.round((Date.now() - last) / 1000);
    contact.textContent =
      `The box has not answered for ${seconds} s. What is shown may be old.`;
    contact.hidden = false;
  };

  // What stands for an element before and after.
  const key = (it) =>
    it.id || it.getAttribute("href") ||
    (it.form ? `${it.form.getAttribute("action")} ${it.name} ${it.value}` : null);
  const field = (it) => `${it.form?.getAttribute("action")} ${it.name}`;
  const fields = (main) =>
    [...main.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const all = "a, button, summary, [tabindex], [id]";

  const replace = (fresh) => {
    const old = document.querySelector("main");
    const typed = new Map(fields(old).map((it) => [field(it), it.value]));
    const opened = new Set([...old.querySelectorAll("details[open]")].map((it) => it.id));
    const scrolled = [...old.querySelectorAll(".scroll")].map((it) => it.scrollLeft);
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const isField = active?.matches("input, select, textarea");
    const name = active && (isField ? field(active) : key(active));
    old.replaceWith(fresh);
    for (const it of fields(fresh)) {
      if (typed.has(field(it))) it.value = typed.get(field(it));
    }
    for (const it of fresh.querySelectorAll("details")) it.open ||= opened.has(it.id);
    fresh.querySelectorAll(".scroll").forEach((it, nth) => {
      it.scrollLeft = scrolled[nth] ?? 0;
    });
    if (!name) return;
    const found = isField
      ? fields(fresh).find((it) => field(it) === name)
      : [...fresh.querySelectorAll(all)].find((it) => key(it) === name);
    found?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    // A list that is open would close under the finger.
    if (isFetching || document.hidden || document.activeElement?.matches("main select")) return;
    if (!getSelection().isCollapsed) return;
    isFetching = true;
    try {
      const answer = await fetch(location.href, {
        headers: { "X-Refresh": "1" },
        signal: AbortSignal.timeout(every - 1000),
      });
      if (answer.redirected) return location.assign(answer.url);
      if (!answer.ok) return complain();
      const text = await answer.text();
      replace(new DOMParser().parseFromString(text, "text/html").querySelector("main"));
      last = Date.now();
      document.getElementById("contact").hidden = true;
    } catch {
      complain();
    } finally {
      isFetching = false;
    }
  };

  // ---- what happens

  // As on the page: passers-by may see the screen.
  const hidden = (phone) => (phone ?? "").replace(/^\+(\d{4})\d+(\d{3})$/, "$1****$2");
  const money = (it) => (it.amount == null ? "Money" : `KES ${Number(it.amount).toFixed(2)}`);
  const user = (it) => (it?.username ?? "A customer").replace(/\d{4}(?=\d{3}$)/, "****");
  const words = {
    "payment.processed": ({ payment: it }) =>
      ["good", `${money(it)} received`, `${it.package ?? ""} ${hidden(it.phone_number)}`],
    "payment.failed": ({ payment: it, error }) =>
      ["warn", `${money(it)} did not come`, `${hidden(it.phone_number)} ${error}`],
    "user.provisioned": ({ subscription: it, router }) =>
      ["good", `${user(it)} is let in`, `${it.package}${router ? ` on ${router.name}` : ""}`],
    "provisioning.failed": ({ subscription: it, error }) =>
      ["bad", `${user(it)} is not let in yet`, error],
    "router.up": ({ router: it }) => ["good", `Router ${it.name} is back`, ""],
    "router.down": ({ router: it, error }) =>
      ["bad", `Router ${it.name} does not answer`, error],
    "session.expired": ({ subscription: it }) => ["calm", `The access of ${user(it)} has ended`, it.package ?? ""],
    "job.failed": ({ job: it, error }) => ["bad", `A job failed: ${it?.kind ?? ""}`, error],
  };

  const toast = ([tone, title, detail]) => {
    const toasts = document.getElementById("toasts");
    const item = document.createElement("li");
    const strong = document.createElement("strong");
    item.className = tone;
    strong.textContent = title;
    item.append(strong, ` ${detail ?? ""}`);
    toasts.prepend(item);
    while (most < toasts.children.length) toasts.lastElementChild.remove();
    setTimeout(() => item.remove(), shown);
  };

  let due = null;
  const listen = () => {
    const events = new EventSource("/api/events");
    for (const name of [...Object.keys(words), "stats.updated"]) {
      events.addEventListener(name, (event) => {
        clearTimeout(due);
        if (isLive) due = setTimeout(refresh, soon);
        if (!words[name] || document.hidden) return;
        try {
          toast(words[name](JSON.parse(event.data)));
        } catch {
          // Of a program newer than this page.
        }
      });
    }
    // One that was refused for good is not asked for again by the browser.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, every);
    });
  };

  if (isLive) {
    setInterval(refresh, every);
    document.addEventListener("visibilitychange", refresh);
  }
  listen();
})();
