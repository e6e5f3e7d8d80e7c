-- Health of an Application, so that sync waves of an app of apps wait for what an Application installs. Argo CD has no rule of its own
-- for it, and would count an Application as healthy as soon as it exists.
local status = obj.status or {}
local health = status.health or {}
local operation = status.operationState or {}

if operation.phase == "Running" then
  return { status = "Progressing", message = operation.message or "" }
end
if health.status == nil or health.status == "Missing" or health.status == "Unknown" then
  return { status = "Progressing", message = "waiting for the first sync" }
end
return { status = health.status, message = health.message or "" }
