# A service account has secrets, which are told once.
gpuaas orgs create acme
gpuaas projects create acme/vision
gpuaas service-accounts create acme/vision ci --role project_developer
gpuaas service-accounts add-secret acme/vision ci --expires-in 30d > secret
gpuaas service-accounts add-secret acme/vision ci --json
gpuaas service-accounts add-secret acme/vision ci --dry-run
gpuaas service-accounts show acme/vision ci
gpuaas service-accounts list acme/vision
# A secret is exchanged for a token, which acts in the project.
gpuaas service-accounts list acme/vision | awk 'NR == 2 {print $1}' > id
gpuaas service-accounts token "$(cat id)" --secret-file secret > token
gpuaas service-accounts token "$(cat id)" < secret 2> /dev/null
gpuaas projects show acme/vision --token-file token
gpuaas service-accounts list acme/vision --token-file token
gpuaas service-accounts create acme/vision other --role project_viewer --token-file token
gpuaas orgs create other --token-file token
echo wrong | gpuaas service-accounts token "$(cat id)"
gpuaas service-accounts token "$(cat id)" --secret-file nowhere
# What it may do is changed, and taken away.
gpuaas service-accounts set-role acme/vision ci project_viewer
gpuaas service-accounts revoke-secret acme/vision ci "$(gpuaas service-accounts show acme/vision ci | awk '$1 == "secret" {print $2; exit}')"
gpuaas service-accounts token "$(cat id)" --secret-file secret
gpuaas service-accounts delete acme/vision ci
gpuaas projects show acme/vision --token-file token
gpuaas service-accounts list acme/vision
