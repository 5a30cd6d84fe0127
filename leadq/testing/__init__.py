"""A CRM to test against, the one that torments it, and the rules that must hold all the same.

    time = VirtualTime()
    crm = FakeCRM(LAGGING, time, nemesis=Nemesis(seed=7))
    http = Http(Settings(crm.url, auth=crm.auth), ticks=time, handler=crm)

Ships with leadq, for whoever writes an adapter; nothing here needs pytest, and nothing of leadq imports it.
"""
