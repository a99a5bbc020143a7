"""The figures of the coverage pages, as pages show them and as files hold them."""
