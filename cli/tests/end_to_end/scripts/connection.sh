# Every setting in force, and where it comes from.
printf 'log = "debug"\nroles = ["projections", "checkpointer"]\n' > settings.toml
GPUAAS_DATA=here GPUAAS_TOKEN=hunter2 GPUAAS_DATABASE_URL=postgres://gpuaas:hunter2@db/gpuaas gpuaas config --config settings.toml --rate-limit 5
GPUAAS_DATA=here GPUAAS_TOKEN=hunter2 gpuaas config --json --config settings.toml
echo 'lisen = "127.0.0.1:1"' > wrong.toml
gpuaas config --config wrong.toml
# A server that is not there, one that is another, and no server at all.
gpuaas orgs list --server http://127.0.0.1:1
gpuaas orgs list --server http://127.0.0.1:1 --json
gpuaas orgs list --server localhost:1
GPUAAS_DATA=elsewhere GPUAAS_SERVER=http://127.0.0.1:1 gpuaas orgs list
# The operator's token is shown to the operator's own server only.
gpuaas orgs list --server "$(cat data/address)"
GPUAAS_TOKEN=wrong gpuaas orgs list
gpuaas orgs list --token-file nowhere
gpuaas orgs list --server "$(cat data/address)" --token-file data/admin.token
# Whoever reads may stop reading.
gpuaas openapi | head -n 1
