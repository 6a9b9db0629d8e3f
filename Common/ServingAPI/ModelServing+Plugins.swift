import JSONValues

extension ModelServing {
    /// The steps that change pods before they are created, in their order; entries that break a rule are left out.
    package var plugins: [PluginSpec] {
        pluginReaders.compactMap { try? PluginSpec($0) }
    }

    /// One problem for each entry of `spec.plugins` that cannot be carried out: an unknown plugin, settings it does not
    /// have, a scope of another form.
    package var pluginProblems: [FieldProblem] {
        pluginReaders.compactMap { reader in
            do throws(FieldProblem) {
                _ = try PluginSpec(reader)
                return nil
            } catch {
                return error
            }
        }
    }

    private var pluginReaders: [FieldReader] {
        spec.plugins.enumerated().map { FieldReader(json: $1, path: "spec.plugins[\($0)]") }
    }
}
