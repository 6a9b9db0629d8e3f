import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Holds the CRDs and the views of ServingAPI together: each reads what the other one states.
@Suite struct SchemaFieldTests {
    @Test(arguments: SchemaView.all) func `a view reads every field of the schema`(view: SchemaView) throws {
        let spec = try #require(try Deployed.schema(view.plural)[path: "properties", "spec"])
        for object in view.objects { #expect(view.problem(object) == nil) }
        var count = 0
        for path in Self.paths(of: spec, at: "spec") where !view.unread.contains(where: { Self.covers($0, path) }) {
            let steps = path.split(separator: ".").map(String.init)[...]
            // Both, for a field that is a truth value and for one that is a list of anything.
            let wrongs: [JSONValue] = [true, [[true]]]
            let broken = wrongs.flatMap { wrong in view.objects.compactMap { Self.spoilt($0, steps, wrong) } }
            #expect(!broken.isEmpty, "no object has \(path)")
            #expect(broken.contains { view.problem($0) != nil }, "\(path) is not read")
            count += 1
        }
        #expect(count > 10)
    }

    @Test(arguments: SchemaView.all) func `what a view does not read is in the schema`(view: SchemaView) throws {
        let spec = try #require(try Deployed.schema(view.plural)[path: "properties", "spec"])
        let paths = Self.paths(of: spec, at: "spec")
        for prefix in view.unread {
            #expect(paths.contains { Self.covers(prefix, $0) || "\($0)[]" == prefix }, "\(prefix)")
        }
    }

    @Test func `every kind has its row`() {
        let files = Deployed.files(in: "deploy/crds", ending: ".yaml")
        let plurals = files.compactMap { $0.split(separator: "/").last?.split(separator: ".").first.map(String.init) }
        #expect(Set(plurals) == Set(SchemaView.all.map(\.plural)))
        #expect(AdmissionRules.kinds.count == plurals.count)
    }

    @Test func `the schemas have every field a view reads`() throws {
        var stated: Set<String> = []
        for file in Deployed.files(in: "deploy/crds", ending: ".yaml") {
            let versions = try Deployed.object(file).spec["versions"]
            let schema = try #require(versions?[0]?[path: "schema", "openAPIV3Schema"])
            for path in Self.paths(of: schema, at: "") {
                if let name = path.split(separator: ".").last { stated.insert(name.filter { $0 != "[" && $0 != "]" }) }
            }
        }
        var names: Set<String> = []
        for file in Deployed.files(in: "Common/ServingAPI", ending: ".swift") {
            let text = try Deployed.text(file)
            for call in [".member(\"", ".required(\""] {
                for part in text.split(separator: call).dropFirst() { names.insert(String(part.prefix { $0 != "\"" })) }
            }
        }
        names = names.filter { $0.allSatisfy(\.isLetter) }
        #expect(names.count > 30)
        #expect(names.subtracting(stated) == Self.ofAnnotations)
    }

    /// Members of JSON in annotations, which no schema describes.
    private static let ofAnnotations: Set<String> = ["promptTokensFrom"]

    private static func covers(_ prefix: String, _ path: String) -> Bool {
        path == prefix || path.hasPrefix(prefix + ".") || path.hasPrefix(prefix + "[]")
            || prefix.hasSuffix("[]") && path.hasPrefix(prefix)
    }

    /// Every property below a schema: `spec.roles[].name`, `spec.labels.*`.
    private static func paths(of schema: JSONValue, at path: String) -> [String] {
        var paths: [String] = []
        for (name, child) in schema["properties"]?.object ?? JSONObject() {
            let field = path.isEmpty ? name : "\(path).\(name)"
            paths += [field] + Self.paths(of: child, at: field)
        }
        if let items = schema["items"] { paths += Self.paths(of: items, at: "\(path)[]") }
        if let members = schema["additionalProperties"], members.object != nil {
            paths += Self.paths(of: members, at: "\(path).*")
        }
        return paths
    }

    /// The value with a wrong one at a path; nil where it does not have the path.
    private static func spoilt(
        _ value: JSONValue, _ steps: ArraySlice<String>, _ wrong: JSONValue
    ) -> JSONValue? {
        guard let step = steps.first else { return wrong }
        let isList = step.hasSuffix("[]")
        let name = isList ? String(step.dropLast(2)) : step
        guard let child = value[name], let inner = isList ? child[0] : child,
            let broken = spoilt(inner, steps.dropFirst(), wrong)
        else { return nil }
        var value = value
        value[name] = isList ? [broken] : broken
        return value
    }
}
