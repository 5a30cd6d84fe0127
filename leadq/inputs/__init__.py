"""What leadq cannot know and somebody gives as files: spend, what customers are worth, deals won and lost.

`kept` remembers what was given, and when, and is all that figures read; `tables` and `cells` read files; `spending`,
`worth` and `deals` say what each kind of file means; `who` finds whose row it is; `taking` puts it together.
"""
