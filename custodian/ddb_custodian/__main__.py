"""`python -m ddb_custodian`."""

from ddb_custodian.cli import main

main(prog_name="ddb-custodian")
