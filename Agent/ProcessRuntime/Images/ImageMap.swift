import JSONValues
package import Manifests

/// Which local program stands for which container image; the first entry that fits decides.
package struct ImageMap: Sendable, Hashable {
    /// One line of the map.
    package struct Entry: Sendable, Hashable {
        /// Fits the whole image reference, or the reference without its tag and digest.
        package var image: Glob
        /// A name or path, or `host`: the container's own command, run as it is.
        package var program: String
        /// The program's arguments with `{command...}`, `{args...}`, `{entrypoint...}` and `{podIP}` and the like in
        /// them; nil for the container's command and args alone.
        package var arguments: [String]?
        /// Set over the container's own environment; values may hold `{podIP}` and the like.
        package var environment: [String: String]
        /// Texts to replace in the container's command and args, longest first, such as `tcp://*:`.
        package var replacements: [String: String]

        package init(
            image: String, program: String, arguments: [String]? = nil, environment: [String: String] = [:],
            replacements: [String: String] = [:]
        ) {
            self.image = Glob(image)
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.replacements = replacements
        }

        package var isHost: Bool { program == "host" }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package func entry(for image: String) -> Entry? {
        let name = ImageMap.nameOnly(image)
        return entries.first { $0.image.matches(image) || $0.image.matches(name) }
    }

    /// An image reference without its tag and digest.
    static func nameOnly(_ image: String) -> String {
        let untagged = image.split(separator: "@", maxSplits: 1).first.map(String.init) ?? image
        let slash = untagged.lastIndex(of: "/") ?? untagged.startIndex
        guard let colon = untagged[slash...].lastIndex(of: ":") else { return untagged }
        return String(untagged[..<colon])
    }

    /// Images of engines and of Kthena's helpers stand for the simulator, small shells for this machine's own.
    package static let standard: ImageMap = {
        let engines = ["vllm/vllm-openai*", "*vllm-ascend*", "*kthena-engine*", "*/vllm*"]
        let runtimes = ["*kthena/runtime*", "*volcano-sh/runtime*"]
        let downloaders = ["*/downloader*"]
        let shells = ["busybox*", "alpine*", "*/busybox*", "*/alpine*"]
        return ImageMap(
            engines.map {
                Entry(image: $0, program: "engine-simulator", arguments: ["container", "--", "{command...}"])
            }
                + downloaders.map {
                    Entry(image: $0, program: "engine-simulator", arguments: ["downloader", "{args...}"])
                }
                + runtimes.map {
                    Entry(image: $0, program: "engine-simulator", arguments: ["runtime", "{args...}"])
                }
                + shells.map { Entry(image: $0, program: "host") })
    }()
}

extension ImageMap {
    /// Reads a map from YAML: a list of `{image, program, arguments, environment, replace}`. The standard entries
    /// follow those of the text. `source` names the text in errors.
    package init(yaml: String, source: String) throws(ManifestError) {
        let json = try Manifest.document(yaml, source: source)
        guard let list = json.array else {
            throw ManifestError("\(source) is not a list; write entries as `- {image: GLOB, program: NAME}`")
        }
        var entries: [Entry] = []
        for (index, item) in list.enumerated() {
            entries.append(try ImageMap.entry(item, "\(source), entry \(index + 1)"))
        }
        self.init(entries + ImageMap.standard.entries)
    }

    private static func entry(_ json: JSONValue, _ place: String) throws(ManifestError) -> Entry {
        let known: Set<String> = ["image", "program", "arguments", "environment", "replace"]
        if let unknown = json.object?.keys.first(where: { !known.contains($0) }) {
            throw ManifestError(
                "\(place): unknown key \"\(unknown)\"; known are \(known.sorted().joined(separator: ", "))")
        }
        guard let image = json["image"]?.string, !image.isEmpty, let program = json["program"]?.string,
            !program.isEmpty
        else { throw ManifestError("\(place): both `image` and `program` are needed, as texts") }
        let arguments = json["arguments"]?.array?.map { $0.string ?? $0.text() }
        if json["arguments"] != nil && arguments == nil {
            throw ManifestError("\(place): `arguments` is not a list")
        }
        return Entry(
            image: image, program: program, arguments: arguments, environment: json["environment"]?.stringMap ?? [:],
            replacements: json["replace"]?.stringMap ?? [:])
    }
}
