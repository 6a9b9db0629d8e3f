import JSONValues

extension ModelServing {
    /// What the fields of earlier schema generations in a spec are read as.
    static func legacyNotes(_ spec: JSONValue) -> [String] {
        var notes: [String] = []
        let template = spec["template"] ?? .null
        if let flat = template["networkTopology"], flat["mode"] != nil || flat["highestTierAllowed"] != nil {
            notes.append(
                "spec.template.networkTopology: mode and highestTierAllowed are read as groupPolicy; write them there")
        }
        if template[path: "gangPolicy", "networkTopology"] != nil {
            notes.append(
                "spec.template.gangPolicy.networkTopology: read as networkTopology.groupPolicy; write it there")
        }
        if spec["topologySpreadConstraints"] != nil {
            notes.append(
                "spec.topologySpreadConstraints: copied into every pod; write them in the templates of the roles")
        }
        return notes
    }
}
