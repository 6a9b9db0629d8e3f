import FoundationEssentials
import JSONValues
import KubernetesAPI
import Manifests

/// The manifests under `deploy/`, read from the checkout the tests were built in.
enum Deployed {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// The paths of the files of a folder with an ending, in every folder below it.
    static func files(in folder: String, ending: String) -> [String] {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return paths.filter { $0.hasSuffix(ending) }.map { "\(folder)/\($0)" }.sorted()
    }

    static func documents(_ path: String) throws -> [JSONValue] {
        try Manifest.documents(text(path), source: path)
    }

    static func object(_ path: String) throws -> KubernetesObject {
        KubernetesObject(try Manifest.document(text(path), source: path))
    }

    /// `openAPIV3Schema` of a kind, by its plural.
    static func schema(_ plural: String) throws -> JSONValue {
        let crd = try object("deploy/crds/\(plural).yaml")
        return crd.spec["versions"]?[0]?[path: "schema", "openAPIV3Schema"] ?? .null
    }
}
