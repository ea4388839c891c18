"""The development server: a parent that keeps the port and watches files, and a child that runs the app.

parent.py   keeps the port, replaces the child          channel.py   what they tell each other
child.py    imports and serves the app                  door.py      what stands before the app
watch.py    which files changed                         keys.py      what is typed at its terminal
"""
