// Keeps a page that is looked at up to date, and says so when it cannot.
"use strict";
(() => {
  const every = 10_000;
  let last = Date.now();

  const complain = () => {
    const contact = document.getElementById("contact");
    const seconds = Math.round((Date.now() - last) / 1000);
    contact.textContent =
      `The box has not answered for ${seconds} s. What is shown may be old.`;
    contact.hidden = false;
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const shown = document.querySelector("main");
    const focused = shown.contains(document.activeElement) ? document.activeElement : null;
    const href = focused?.getAttribute("href");
    const scrolled = shown.querySelector(".scroll")?.scrollLeft ?? 0;
    shown.replaceWith(fresh);
    const scroll = fresh.querySelector(".scroll");
    if (scroll) scroll.scrollLeft = scrolled;
    const again = href
      ? [...fresh.querySelectorAll("a")].find((it) => it.getAttribute("href") === href)
      : focused?.classList.contains("scroll") && scroll;
    if (again) again.focus({ preventScroll: true });
  };

  const refresh = async () => {
    if (document.hidden || !getSelection().isCollapsed) return;
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(every - 1000) });
      if (answer.redirected) return location.assign(answer.url);
      if (!answer.ok) return complain();
      show(await answer.text());
      last = Date.now();
      document.getElementById("contact").hidden = true;
    } catch {
      complain();
    }
  };

  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
})();
