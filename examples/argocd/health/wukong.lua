-- Health of a Wukong, and of the XWukong behind a claim. Argo CD itself says "Progressing" of one that is being deleted.
local status = obj.status or {}
local conditions = {}
for _, c in ipairs(status.conditions or {}) do
  conditions[c.type] = c
end

local function is(kind, value)
  return conditions[kind] ~= nil and conditions[kind].status == value
end

-- first that says something; an empty string says nothing.
local function first(...)
  for _, s in ipairs({...}) do
    if s ~= "" then
      return s
    end
  end
end

local function message(kind)
  return conditions[kind] ~= nil and conditions[kind].message or ""
end

local function hs(health, text)
  return { status = health, message = text }
end

local synced = conditions.Synced
if synced == nil then
  return hs("Progressing", "waiting for Crossplane to see it")
end
local paused = synced.reason == "ReconcilePaused"
local pause = first(synced.message or "", "Crossplane leaves it alone: its annotation crossplane.io/paused says so")
-- What was told before says nothing of the last edit. Crossplane 2 says which edit it has seen, and the function which one it took: while
-- Crossplane leaves a Wukong alone, it has seen edits that the function has not.
if paused and status.observedGeneration ~= nil and status.observedGeneration < obj.metadata.generation then
  return hs("Suspended", pause)
end
if synced.observedGeneration ~= nil and synced.observedGeneration < obj.metadata.generation then
  return hs("Progressing", "waiting for Crossplane to see the last edit")
end

-- Stalled before Synced: it names the field and the way out. On a claim, Synced stays True whatever becomes of its composite.
if is("Stalled", "True") then
  return hs("Degraded", message("Stalled"))
end
if synced.status == "False" and not paused then
  return hs("Degraded", first(synced.message or "", "Crossplane cannot reconcile it: its events say why"))
end
for _, kind in ipairs({"NetworksConfigured", "VolumesBound", "VirtualMachineReady"}) do
  -- The function could not be asked; the phase is that of before.
  if is(kind, "Unknown") then
    return hs("Degraded", "how it stands cannot be told: the events of its composite say why")
  end
end

local vm = conditions.VirtualMachineReady or {}
if vm.reason == "VMPaused" then
  return hs("Suspended", first(vm.message or "", "paused"))
end
if not is("Ready", "True") then
  if paused then
    return hs("Suspended", pause)
  end
  return hs("Progressing", first(status.message or "", message("Ready"), "waiting for its virtual machine"))
end
if paused then
  -- It was as Git has it when Crossplane looked last, and nothing was edited since.
  return hs("Healthy", pause)
end

if status.phase == "Stopped" then
  local start = obj.spec.startStrategy or {}
  if start.runStrategy == "Halted" or (start.autoStart == false and start.runStrategy ~= "Manual") then
    return hs("Healthy", "stopped, as startStrategy says")
  end
  -- Its strategy lets it be stopped, and nothing will start it: nothing waits for it either.
  return hs("Healthy", "stopped: by its guest, or by virtctl")
end
if status.phase == "Running" then
  if is("RestartRequired", "True") then
    return hs("Healthy", "running; waiting for a restart: " .. message("RestartRequired"))
  end
  return hs("Healthy", first(status.message or "", "running"))
end
return hs("Progressing", first(status.message or "", "waiting for its virtual machine"))
