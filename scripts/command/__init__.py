"""What a command line is made of: its keys and options, from what was typed to settings, and what is printed."""
