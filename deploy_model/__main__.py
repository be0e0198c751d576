"""`python -m deploy_model`."""

from deploy_model.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
