# A node is registered before its agent enrolls.
gpuaas nodes list
gpuaas nodes create rack-1
gpuaas nodes create rack-2 --simulated
gpuaas nodes create rack-1
gpuaas nodes create Rack
gpuaas nodes create trial --dry-run
gpuaas nodes list
gpuaas nodes list --status online
# Its agent enrolls with a token, which is told once.
gpuaas nodes issue-token rack-1 --expires-in 15m > token
gpuaas nodes issue-token rack-1 --json
gpuaas nodes issue-token rack-1 --expires-in soon
gpuaas nodes issue-token rack-1 --dry-run
gpuaas nodes issue-token nowhere
gpuaas nodes revoke-token rack-1 "$(cut -d . -f 1 token)"
gpuaas nodes revoke-token rack-1 "$(cut -d . -f 1 token)"
# What it is told to do, once there is an agent.
gpuaas nodes tasks rack-1
gpuaas nodes runtime-status rack-1
# A ban and its end.
gpuaas nodes ban rack-2
gpuaas nodes issue-token rack-2
gpuaas nodes unban rack-2
gpuaas nodes unban rack-2
gpuaas nodes show rack-2
gpuaas nodes show rack-2 --json
gpuaas nodes remove rack-2 | awk '$1 == "status"'
gpuaas nodes create rack-2 | awk '$1 == "status"'
gpuaas nodes list
# Nodes are for the platform's operators.
gpuaas orgs create acme
gpuaas projects create acme/vision
gpuaas service-accounts create acme/vision ci --role project_admin > account
gpuaas service-accounts add-secret acme/vision ci > secret 2> /dev/null
gpuaas service-accounts token "$(awk '$1 == "id" {print $2}' account)" --secret-file secret > ci.token 2> /dev/null
gpuaas nodes list --token-file ci.token
gpuaas nodes ban rack-1 --token-file ci.token
