"""`python -m ddb_client` is `ddb`."""

from ddb_client.cli import main

if __name__ == "__main__":
    main()
