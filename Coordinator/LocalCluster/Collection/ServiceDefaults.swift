import JSONValues

/// The defaults of services and their ports.
enum ServiceDefaults {
    static func apply(_ json: JSONValue) -> JSONValue {
        var service = json
        if service["spec"]?.object == nil { service["spec"] = .object(JSONObject()) }
        service.change("spec") { spec in
            spec.fill("type", "ClusterIP")
            spec.fill("sessionAffinity", "None")
            if spec["type"] != "ExternalName" { spec.fill("internalTrafficPolicy", "Cluster") }
            spec.changeEach("ports") { port in
                port.fill("protocol", "TCP")
                if let number = port["port"] { port.fill("targetPort", number) }
            }
        }
        return service
    }
}
