/// How much of each object the API server shall send.
package enum ObjectForm: Sendable {
    case whole
    /// The metadata alone, under the kind `PartialObjectMetadata`; enough to notice a change.
    case metadata

    var acceptedList: String { accepted("PartialObjectMetadataList") }
    var acceptedObject: String { accepted("PartialObjectMetadata") }

    private func accepted(_ name: String) -> String {
        switch self {
        case .whole: "application/json"
        case .metadata: "application/json;as=\(name);g=meta.k8s.io;v=v1,application/json"
        }
    }
}
