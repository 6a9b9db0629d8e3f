import FoundationEssentials
import JSONValues
import LocalCluster
import Manifests

/// The CRDs and samples under `deploy/`, read from the checkout the tests were built in.
enum SchemaFiles {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    static func files(in folder: String) -> [String] {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return paths.filter { $0.hasSuffix(".yaml") }.map { "\(folder)/\($0)" }.sorted()
    }

    static func documents(_ path: String) throws -> [JSONValue] {
        try Manifest.documents(String(contentsOfFile: "\(root)/\(path)", encoding: .utf8), source: path)
    }

    /// The only version of the CRD of a kind.
    static func version(ofKind kind: String) throws -> JSONValue? {
        for path in files(in: "deploy/crds") {
            for crd in try documents(path) where crd[path: "spec", "names", "kind"]?.string == kind {
                return crd[path: "spec", "versions"]?[0]
            }
        }
        return nil
    }

    static func schema(ofKind kind: String) throws -> SchemaSet {
        try SchemaSet.compile(crdVersionSchema: version(ofKind: kind)?["schema"] ?? .null)
    }
}
