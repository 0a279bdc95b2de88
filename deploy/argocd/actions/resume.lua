obj.spec.state = "running"
return obj
