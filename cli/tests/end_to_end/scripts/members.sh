# Projects of an organization.
gpuaas orgs create acme
gpuaas projects create acme/vision --name Vision
gpuaas projects create acme/speech
gpuaas projects list acme
gpuaas projects update acme/speech --slug voice
gpuaas projects show acme/voice
gpuaas projects archive acme/voice
gpuaas projects list acme --status archived
gpuaas projects update acme/voice --name Speech
gpuaas projects create vision
# Members of the organization.
gpuaas users create ada@example.org --name 'Ada Lovelace'
gpuaas users create bob@example.org
gpuaas members add acme ada@example.org --role org_admin
gpuaas members add acme bob@example.org --role org_member
gpuaas members list acme
gpuaas members set-role acme bob@example.org org_auditor
gpuaas members add acme bob@example.org --role project_viewer
gpuaas members add acme nobody@example.org --role org_member
gpuaas members add acme bob@example.org --role king
# Members of a project.
gpuaas members add acme/vision bob@example.org --role project_viewer
gpuaas members set-role acme/vision bob@example.org project_developer
gpuaas members list acme/vision
gpuaas members set-role acme/vision bob@example.org org_admin
gpuaas members list acme/vision --json
gpuaas members remove acme/vision bob@example.org
gpuaas members list acme/vision
gpuaas members remove acme bob@example.org
gpuaas members remove acme bob@example.org
