import CNVML

/// The kinds of function of the library, by what they take. Each is one pointer in memory and nothing else.
enum NVMLSignatures {
    @safe struct Call { let call: nvml_call }
    @safe struct CallWithFlags { let call: nvml_call_flags }
    @safe struct ReadSystemText { let call: nvml_read_system_text }
    @safe struct ReadSystemNumber { let call: nvml_read_system_number }
    @safe struct ReadCount { let call: nvml_read_count }
    @safe struct FindByIndex { let call: nvml_find_by_index }
    @safe struct ReadText { let call: nvml_read_text }
    @safe struct ReadWord { let call: nvml_read_word }
    @safe struct ReadLong { let call: nvml_read_long }
    @safe struct ReadPair { let call: nvml_read_pair }
    @safe struct ReadWords { let call: nvml_read_words }
    @safe struct ReadFour { let call: nvml_read_four }
    @safe struct ReadWordOf { let call: nvml_read_word_of }
    @safe struct ReadStructure { let call: nvml_read_structure }
    @safe struct ReadStructureOf { let call: nvml_read_structure_of }
    @safe struct ReadProcesses { let call: nvml_read_processes }
    @safe struct ReadNodeSet { let call: nvml_read_node_set }
    @safe struct ReadErrors { let call: nvml_read_errors }
    @safe struct ReadFields { let call: nvml_read_fields }
    @safe struct Compare { let call: nvml_compare }
    @safe struct CompareIn { let call: nvml_compare_in }
    @safe struct FindPart { let call: nvml_find_part }
    @safe struct MakeEventSet { let call: nvml_make_event_set }
    @safe struct RegisterEvents { let call: nvml_register_events }
    @safe struct WaitForEvent { let call: nvml_wait_for_event }
    @safe struct FreeEventSet { let call: nvml_free_event_set }
}
