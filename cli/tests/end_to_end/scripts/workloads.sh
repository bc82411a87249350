# There is a simulated node, and something to launch on it.
gpuaas nodes show rack-1
gpuaas nodes runtime-status rack-1
gpuaas skus create cpu-small --cpus 2 --memory-gib 4 > /dev/null
gpuaas skus create gpu-huge --cpus 2 --memory-gib 4 --gpus 64 --gpu-model 'NVIDIA H200' > /dev/null
gpuaas price-books create standard --currency EUR > /dev/null
gpuaas price-books set-price standard 1.8 --sku cpu-small > /dev/null
gpuaas apps create hello > /dev/null
gpuaas app-versions create hello 1.0 "$FILES/hello.yaml" > /dev/null
gpuaas app-versions publish hello 1.0 > /dev/null
gpuaas artifacts upload hello runtime --local-image sha256:0000000000000000000000000000000000000000000000000000000000000000 --wait
gpuaas artifacts publish hello runtime > /dev/null
gpuaas artifacts promote hello runtime > /dev/null
gpuaas orgs create acme > /dev/null
gpuaas projects create acme/vision > /dev/null
gpuaas entitlements enable acme/vision hello > /dev/null
# What an hour costs is told before there is an allocation, and before there is a launch.
gpuaas allocations create acme/vision cpu-small --name lab --wait
gpuaas allocations create acme/vision gpu-huge --within 1s --wait
gpuaas allocations list acme/vision --node rack-1
gpuaas instances launch acme/vision hello 1.0 --on lab --name first --dry-run
gpuaas instances launch acme/vision hello 1.0 --on lab --name first --wait 2> /dev/null
gpuaas instances launch acme/vision hello 2.0 --on lab
gpuaas instances launch acme/vision hello 1.0 --on lab --gpus 8
gpuaas instances launch acme/vision hello 1.0 --on lab --set exposure_mode=platform_proxy
gpuaas instances launch acme/vision hello 1.0 --on lab --set color=blue
gpuaas instances launch acme/vision hello 1.0 --on lab --set color
gpuaas instances launch acme/vision hello 1.0 --on nothing
# A workload is stopped, started, and restarted.
gpuaas instances list acme/vision
gpuaas instances stop acme/vision first --wait 2> /dev/null
gpuaas instances open acme/vision first
gpuaas instances start acme/vision first --wait 2> /dev/null
gpuaas instances restart acme/vision first --wait 2> /dev/null
gpuaas instances cancel acme/vision first
gpuaas instances show acme/vision first --json
gpuaas instances image-progress acme/vision first
gpuaas instances logs acme/vision first
gpuaas instances logs acme/vision first --json
gpuaas instances open acme/vision first --endpoint shell
gpuaas nodes tasks rack-1 | awk '{print $2, $3}'
# What is gone gives its name up.
gpuaas instances delete acme/vision first --wait 2> /dev/null
gpuaas instances launch acme/vision hello 1.0 --on lab --name first 2> /dev/null | awk '$1 == "name"'
gpuaas instances list acme/vision --status decommissioned --allocation lab
gpuaas instances stop acme/vision nothing
gpuaas instances decommission acme/vision first --wait 2> /dev/null | awk '$1 == "status"'
gpuaas instances logs acme/vision first --follow
gpuaas allocations release acme/vision lab --wait | awk '$1 == "status"'
gpuaas allocations list acme/vision --status active
