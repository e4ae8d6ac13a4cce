"""The built functions in Lambda's own containers, by `sam local`, on what a stack has: this machine's or a deployed one."""
