-- Health of Crossplane's packages: Provider, Function and Configuration. Argo CD's own rules call a Provider degraded while it is
-- being installed, which fails a sync that waits for it, and never call a Function or a Configuration degraded.
local conditions = {}
for _, c in ipairs((obj.status or {}).conditions or {}) do
  conditions[c.type] = c
end

-- Neither condition tells a package that is on its way from one that will never get there. Ten minutes are enough.
local os = require("os")
local patience = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 600)

local function paused()
  for _, c in pairs(conditions) do
    if c.reason == "ReconcilePaused" then
      return true
    end
  end
  return false
end

if paused() then
  return { status = "Suspended", message = "Crossplane leaves it alone: its annotation crossplane.io/paused says so" }
end
for _, kind in ipairs({"Installed", "Healthy"}) do
  local c = conditions[kind]
  if c == nil then
    return { status = "Progressing", message = "waiting for Crossplane to install it" }
  end
  if c.status ~= "True" then
    local why = kind .. ": " .. (c.reason or "") .. ": " .. (c.message or "")
    if c.lastTransitionTime ~= nil and c.lastTransitionTime < patience then
      return { status = "Degraded", message = why }
    end
    return { status = "Progressing", message = why }
  end
end
return { status = "Healthy", message = "installed and healthy" }
