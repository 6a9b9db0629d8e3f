#define _GNU_SOURCE
#include "scenario.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fake_shape(struct scenario *scenario, const char *name);

static const char *const key_names[key_count] = {
    "total", "reserved", "used", "utilisation", "memoryUtilisation", "temperature", "memoryTemperature", "power",
    "powerLimit", "energy", "smClock", "memoryClock", "reasons", "ecc", "corrected", "uncorrected",
    "remappedCorrected", "remappedUncorrected", "remapPending", "remapFailed", "retiredSingle", "retiredDouble",
    "retiredPending", "sramExceeded", "generation", "width", "generationMax", "widthMax", "replays", "recovery", "mig",
    "links", "linksActive", "nvlinkVersion", "nvlinkSpeed", "remote", "peer", "fabricState", "fabricStatus", "clique",
    "health", "summary", "numa", "architecture", "major", "minor", "pciID", "domain", "bus", "slot", "tray", "module",
    "eventTypes",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct scenario current;
static char text[65536];
static long text_length = -1;
static char folder[4000];
static int initialised;
static unsigned generation;
static unsigned long load_at_start;

void fake_lock(void) { pthread_mutex_lock(&lock); }
void fake_unlock(void) { pthread_mutex_unlock(&lock); }
struct scenario *fake_scenario(void) { return &current; }

static void find_folder(void) {
    Dl_info info;
    if (folder[0] || !dladdr((void *)find_folder, &info) || !info.dli_fname) return;
    snprintf(folder, sizeof folder, "%s", info.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
}

static void violation(const char *what, const char *symbol) {
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/violations", folder);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int length = snprintf(line, sizeof line, "%s: %s\n", symbol, what);
    if (file < 0) return;
    if (write(file, line, (size_t)length) != length) abort();
    close(file);
}

static void set_value(const char *which, const char *name, const char *value) {
    for (int key = 0; key < key_count; key++) {
        if (strcmp(key_names[key], name)) continue;
        for (int gpu = 0; gpu < gpus_max; gpu++) {
            if (which[0] == '*' || atoi(which) == gpu) current.gpus[gpu].value[key] = strtoull(value, 0, 0);
        }
    }
}

static void add_rule(struct rule *rules, int *count, char **words, int words_count) {
    if (*count == rules_max) return;
    struct rule *rule = &rules[(*count)++];
    snprintf(rule->symbol, sizeof rule->symbol, "%s", words[1]);
    rule->code = words_count > 2 ? atoi(words[2]) : 0;
    rule->gpu = words_count > 3 ? atoi(words[3]) : -1;
}

static unsigned instance(char **words, int count, int index) {
    return count > index ? (unsigned)strtoul(words[index], 0, 0) : 0xFFFFFFFFu;
}

static void add_process(char **words, int count) {
    if (current.process_count == processes_max || count < 4) return;
    struct fake_process *added = &current.processes[current.process_count++];
    added->gpu = atoi(words[1]);
    added->process = (nvml_process){(unsigned)atoi(words[2]), strtoull(words[3], 0, 0), instance(words, count, 4),
                                    instance(words, count, 5)};
}

static void add_event(char **words, int count) {
    if (current.event_count == events_max || count < 5) return;
    current.events[current.event_count++] = (struct fake_event){
        strtoul(words[1], 0, 0),  atoi(words[2]),          strtoull(words[3], 0, 0),
        strtoull(words[4], 0, 0), instance(words, count, 5), instance(words, count, 6)};
}

static void statement(char **words, int count) {
    const char *verb = words[0];
    if (count < 2) return;
    if (!strcmp(verb, "shape")) fake_shape(&current, words[1]);
    else if (!strcmp(verb, "gpus")) current.gpu_count = atoi(words[1]) > gpus_max ? gpus_max : atoi(words[1]);
    else if (!strcmp(verb, "set") && count > 3) set_value(words[1], words[2], words[3]);
    else if (!strcmp(verb, "cluster")) {
        for (int byte = 0; byte < 16; byte++) sscanf(words[1] + byte * 2, "%2hhx", &current.cluster[byte]);
    } else if (!strcmp(verb, "driver")) snprintf(current.driver, sizeof current.driver, "%s", words[1]);
    else if (!strcmp(verb, "return")) add_rule(current.returns, &current.return_count, words, count);
    else if (!strcmp(verb, "field")) add_rule(current.fields, &current.field_count, words, count);
    else if (!strcmp(verb, "version")) add_rule(current.versions, &current.version_count, words, count);
    else if (!strcmp(verb, "hang")) add_rule(current.hangs, &current.hang_count, words, count);
    else if (!strcmp(verb, "unloaded")) current.is_unloaded = atoi(words[1]);
    else if (!strcmp(verb, "load")) current.load = strtoul(words[1], 0, 0);
    else if (!strcmp(verb, "process")) add_process(words, count);
    else if (!strcmp(verb, "event")) add_event(words, count);
}

static void parse(void) {
    static char copy[sizeof text];
    memset(&current, 0, sizeof current);
    fake_shape(&current, "dgx-h100");
    memcpy(copy, text, (size_t)text_length);
    copy[text_length] = 0;
    char *line_end = 0;
    for (char *line = strtok_r(copy, "\n", &line_end); line; line = strtok_r(0, "\n", &line_end)) {
        char *words[8], *word_end = 0;
        int count = 0;
        for (char *word = strtok_r(line, " ", &word_end); word && count < 8; word = strtok_r(0, " ", &word_end)) {
            words[count++] = word;
        }
        if (count) statement(words, count);
    }
}

// Reads the scenario again where it has changed.
static void refresh(void) {
    static char fresh[sizeof text];
    char path[4096];
    find_folder();
    snprintf(path, sizeof path, "%s/scenario", folder);
    long length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        length = read(file, fresh, sizeof fresh - 1);
        close(file);
    }
    if (length < 0) length = 0;
    if (length == text_length && !memcmp(fresh, text, (size_t)length)) return;
    memcpy(text, fresh, (size_t)length);
    text_length = length;
    parse();
}

static int matches(const struct rule *rule, const char *symbol) {
    return !strcmp(rule->symbol, "*") || !strcmp(rule->symbol, symbol);
}

static int is_hanging(const char *symbol) {
    for (int index = 0; index < current.hang_count; index++) {
        if (matches(&current.hangs[index], symbol)) return 1;
    }
    return 0;
}

static int rule_code(const char *symbol, int gpu) {
    for (int index = 0; index < current.return_count; index++) {
        struct rule *rule = &current.returns[index];
        if (matches(rule, symbol) && (rule->gpu < 0 || rule->gpu == gpu)) return rule->code;
    }
    return 0;
}

static int enter(const char *symbol, int gpu) {
    fake_lock();
    refresh();
    while (is_hanging(symbol)) {
        fake_unlock();
        usleep(2000);
        fake_lock();
        refresh();
    }
    int is_start = !strncmp(symbol, "nvmlInit", 8), is_end = !strcmp(symbol, "nvmlShutdown");
    int code = rule_code(symbol, gpu);
    if (!code && is_start && current.is_unloaded) code = nvml_driver_not_loaded;
    if (!code && !is_start && !initialised) {
        violation("called without an initialisation", symbol);
        code = nvml_uninitialized;
    }
    if (!code && !is_start && !is_end && current.is_unloaded) code = current.is_unloaded;
    if (!code && !is_start && !is_end && current.load != load_at_start) code = nvml_gpu_is_lost;
    if (code) fake_unlock();
    return code;
}

int fake_enter(const char *symbol) { return enter(symbol, -1); }

int fake_enter_device(const char *symbol, nvml_device device, struct target *target) {
    uintptr_t bits = (uintptr_t)device;
    target->gpu = (int)(bits >> 8 & 0xFF);
    target->part = (int)(bits & 0xFF) - 1;
    int code = enter(symbol, target->gpu);
    if (code) return code;
    if (bits >> 16 == generation && target->gpu < current.gpu_count) return 0;
    if (bits >> 16 != generation) violation("a handle from before the last initialisation", symbol);
    fake_unlock();
    return nvml_invalid_argument;
}

unsigned fake_version_max(const char *symbol, unsigned otherwise) {
    for (int index = 0; index < current.version_count; index++) {
        if (matches(&current.versions[index], symbol)) return (unsigned)current.versions[index].code;
    }
    return otherwise;
}

int fake_field_code(unsigned field, int gpu) {
    for (int index = 0; index < current.field_count; index++) {
        struct rule *rule = &current.fields[index];
        if ((unsigned)atoi(rule->symbol) == field && (rule->gpu < 0 || rule->gpu == gpu)) return rule->code;
    }
    return 0;
}

nvml_device fake_handle(int gpu, int part) {
    return (nvml_device)((uintptr_t)generation << 16 | (uintptr_t)gpu << 8 | (uintptr_t)(part + 1));
}

void fake_initialised(void) {
    initialised++;
    generation++;
    load_at_start = current.load;
}

int fake_shut_down(void) {
    initialised--;
    return nvml_success;
}

int fake_copy(const char *value, char *into, unsigned length) {
    if (strlen(value) + 1 > length) return nvml_insufficient_size;
    memcpy(into, value, strlen(value) + 1);
    return nvml_success;
}
