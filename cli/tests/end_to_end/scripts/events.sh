# What happened is told from the beginning, to people and to programs.
gpuaas orgs create acme
gpuaas projects create acme/vision
gpuaas projects create acme/speech
gpuaas projects update acme/vision --name Vision
gpuaas events follow acme --after 0 --count 5
gpuaas events follow acme --after 0 --kind project --count 2
gpuaas events follow acme --after 0 --event project.updated --count 1 --json
gpuaas events follow acme/speech --after 0 --count 1
gpuaas events follow acme --event project.exploded
gpuaas events follow nobody
