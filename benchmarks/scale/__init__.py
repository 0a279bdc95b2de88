"""The operator beside what a user would take instead, and beside the limits, at a thousand endpoints and more.

Every contender, the API server and the simulated provider are processes of their own; this process applies the
objects and reads one watch. The contenders take turns within a run, so that the machine's mood hits all of them alike.
"""
