# What can be allocated.
gpuaas skus create cpu-small --cpus 2 --memory-gib 4
gpuaas skus create gpu-large --cpus 8 --memory-gib 64 --gpus 1 --gpu-model 'NVIDIA H200' --display-name 'One H200'
gpuaas skus create broken --cpus 2 --memory-gib 4 --gpus 1
gpuaas skus create zero --cpus 0 --memory-gib 4
gpuaas skus list
gpuaas skus retire gpu-large
gpuaas skus list --status active
gpuaas skus show gpu-large --json
# An app has versions, each with its manifest, as YAML or as JSON.
gpuaas apps create hello --name Hello --description 'Says hello.'
gpuaas apps update hello --description 'Says hello over HTTP.'
gpuaas apps list
gpuaas apps list --prefix x
gpuaas apps show hello
gpuaas apps show nothing
sed 's/slug: jupyterlab/slug: hello/' "$SCHEMAS/examples/jupyterlab.yaml" > manifest.yaml
gpuaas app-versions create hello 1.0 manifest.yaml
gpuaas app-versions show hello 1.0 --json | sed -n '/"manifest": {/,/^  }/ p' | sed '1 s/.*/{/; $ s/.*/}/' > manifest.json
gpuaas app-versions create hello 1.1 manifest.json
gpuaas app-versions create hello 1.0 manifest.yaml
sed 's/kind: gpuaas.launchable_oci_workload/kind: something.else/' manifest.yaml | gpuaas app-versions create hello 2.0 -
echo 'profile: {}' >> manifest.yaml
gpuaas app-versions create hello 2.0 manifest.yaml
gpuaas app-versions create hello 2.0 nowhere.yaml
gpuaas app-versions publish hello 1.0
gpuaas app-versions retire hello 1.1
gpuaas app-versions list hello
gpuaas app-versions list hello --status published
gpuaas app-versions show hello 1.0
gpuaas app-versions show hello 3.0
# Images run by digest; a tag is refused.
gpuaas artifacts upload hello runtime-cpu --image registry.example.org/hello:latest
gpuaas artifacts upload hello runtime-cpu --image registry.example.org/hello@sha256:0000000000000000000000000000000000000000000000000000000000000000 --wait
gpuaas artifacts upload hello runtime-cpu --local-image sha256:0000000000000000000000000000000000000000000000000000000000000000 --architecture arm64 --accelerator nvidia --wait
gpuaas artifacts upload hello runtime-cpu
gpuaas artifacts list hello --status uploaded
gpuaas artifacts show hello runtime-cpu
gpuaas artifacts verify hello "$(gpuaas artifacts list hello | awk '$4 == "amd64" {print $1}')" --wait
gpuaas artifacts publish hello "$(gpuaas artifacts list hello | awk '$4 == "amd64" {print $1}')"
gpuaas artifacts promote hello "$(gpuaas artifacts list hello | awk '$4 == "amd64" {print $1}')"
gpuaas artifacts retire hello "$(gpuaas artifacts list hello | awk '$4 == "arm64" {print $1}')"
gpuaas artifacts show hello runtime-cpu
# A project may launch what it is entitled to.
gpuaas orgs create acme
gpuaas projects create acme/vision
gpuaas entitlements enable acme/vision hello
gpuaas entitlements enable acme/vision nothing
gpuaas entitlements disable acme/vision hello
gpuaas entitlements list acme/vision
gpuaas entitlements list acme/vision --enabled
