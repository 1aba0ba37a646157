"""What people see: the command line, and the window, which is a process of its own."""
