package import SystemFiles

/// Where the files of one model are: a folder, and a chat template that may be elsewhere.
package struct ModelFolder: Sendable, Hashable {
    /// What the files were at one moment; equal stamps are the same content.
    package struct Stamp: Sendable, Hashable {
        fileprivate var files: [FileStamp?]

        /// How the files lie in a bundle.
        package var layout: BundleLayout { BundleLayout(sizes: files.map { $0?.size }) }
    }

    /// Where the chat template is.
    package enum Template: Sendable, Hashable {
        /// In the folder, in a file of its own or in the tokenizer's configuration.
        case own
        case file(String)
        /// Nowhere: the folder has one, but another one counts.
        case none
    }

    package let path: String
    private let template: Template

    package init(_ path: String, template: Template = .own) {
        self.path = path
        self.template = template
    }

    /// The folder of a model below another one; nil for a name that leads out of it.
    package init?(of model: String, in folder: String) {
        let parts = model.split(separator: "/", omittingEmptySubsequences: false)
        guard model.utf8.count <= 512,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") })
        else { return nil }
        self.init("\(folder)/\(model)")
    }

    /// Nil where there is no tokenizer's file.
    package var stamp: Stamp? {
        let files = ModelFiles.Name.allCases.map { self[$0].flatMap { FileStamp($0) } }
        return files[0] == nil ? nil : Stamp(files: files)
    }

    private subscript(name: ModelFiles.Name) -> String? {
        switch (name, template) {
        case (.template, .file(let file)): file
        // The engine's own template counts whether tools are there or not.
        case (.toolTemplate, .file), (.processorTemplate, .file): nil
        // Without its configuration nobody makes chats of a model.
        case (.configuration, .none), (.template, .none), (.toolTemplate, .none), (.processorTemplate, .none): nil
        default: "\(path)/\(name.rawValue)"
        }
    }

    /// Reads the files. Only the tokenizer's has to be there; one that is there and cannot be read, or is too large, is
    /// an error whose sentence names it.
    package func read() throws(FileError) -> ModelFiles {
        var files: [ModelFiles.Name: [UInt8]] = [:]
        for name in ModelFiles.Name.allCases {
            guard let path = self[name], name == .tokenizer || FileStamp(path) != nil else { continue }
            files[name] = try Files.read(path, bytesMax: name.bytesMax)
        }
        let tokenizer = files.removeValue(forKey: .tokenizer)
        return ModelFiles(tokenizer: tokenizer ?? [], others: files)
    }

    /// A part of the bundle of the files, read from them; nil where they are not any more what they were.
    package func bytes(_ range: Range<Int>, of stamp: Stamp) -> [UInt8]? {
        guard self.stamp == stamp else { return nil }
        return stamp.layout.bytes(range) { file, part in
            self[ModelFiles.Name.allCases[file]].flatMap { try? Files.read($0, part) }
        }
    }
}
