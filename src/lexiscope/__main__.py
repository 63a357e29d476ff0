"""`python -m lexiscope` is the `lexiscope` command."""

from lexiscope.cli.main import main

if __name__ == "__main__":
    main()
