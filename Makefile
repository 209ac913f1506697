# What a developer types. Everything else is plain cargo.

CARGO ?= cargo

.PHONY: test soak lint demo prerequisites clean

# All tests. MLANGO_CASES may name a directory of further cases.
test: prerequisites
	$(CARGO) test --workspace --no-fail-fast

# The engine beside its model, for hours: so many times the usual number of lives.
MLANGO_SOAK ?= 100
soak:
	MLANGO_SOAK=$(MLANGO_SOAK) $(CARGO) test --test it engine::simulation
	MLANGO_SOAK=10 $(CARGO) test --test it jobs::soak -- --nocapture

# Nobody reads these documents from outside, so what is private is in them, and may be linked to.
lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --workspace --no-deps --document-private-items

# The whole appliance on loopback, among simulated routers and customers. Ctrl-C ends it.
demo:
	@scripts/prerequisites build
	@$(CARGO) run --quiet --example demo

# What building and tests need beside Rust: installed where allowed, named where not.
prerequisites:
	@scripts/prerequisites

clean:
	$(CARGO) clean
	rm -rf dist
