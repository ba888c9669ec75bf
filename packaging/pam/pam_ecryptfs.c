/*
 * pam_ecryptfs.so: mounts a user's encrypted home or private directory at login, unmounts it at logout, and rewraps its
 * passphrase when the login passphrase changes. The program ecryptfs-pam does the work. This module collects its input, runs
 * it, waits with a time limit and never prevents a login.
 *
 * The application, for example sshd or sudo, must not be affected: no SIGCHLD, no child for its wait(2), no descriptor, no
 * environment, no thread, no lock. So an intermediate process, the watcher, starts the program. clone(2) creates it without a
 * signal at its end, and it makes system calls only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#ifndef PROGRAM
#define PROGRAM "/usr/bin/ecryptfs-pam"
#endif
#ifndef SILENCE_MS
#define SILENCE_MS 5000
#endif
#ifndef TOTAL_MS
#define TOTAL_MS 30000
#endif

/* Exit codes of the program (see ecryptfs-pam) and, from 200 on, of the watcher. */
enum result { DONE = 0, MOUNTED = 10, ASK_PASSPHRASE = 11, NOT_REWRAPPED = 12, KEY_FILE_NOT_CHANGED = 13, NOT_STARTED = 127, NO_PROGRESS = 200, TIMED_OUT, KILLED, SETUP_FAILED };

/* Each byte of output restarts the limit SILENCE_MS. After this byte only the limit TOTAL_MS applies. */
static const char LONG_STEP = 'w';

static const char SESSIONS[] = "ecryptfsj_sessions";

/* Process that opened them. Another process may close them: systemd's (sd-pam) does. */
static const char OPENER[] = "ecryptfsj_opener";

/* fork(3) takes locks that another thread can hold. */
static pid_t new_process(long signal_at_end) {
#ifdef __s390__
    return (pid_t)syscall(SYS_clone, 0L, signal_at_end, 0L, 0L, 0L);
#else
    return (pid_t)syscall(SYS_clone, signal_at_end, 0L, 0L, 0L, 0L);
#endif
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void close_all(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0U, ~0U, 0U) == 0) {
        return;
    }
#endif
    struct rlimit limit = {.rlim_cur = 1 << 20};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 0; fd < 1 << 20 && (rlim_t)fd < limit.rlim_cur; fd++) {
        close(fd);
    }
}

/* In a container, root may be unable to raise the hard limit. */
static void unlimit(__rlimit_resource_t resource) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(resource, &limit) != 0 && getrlimit(resource, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(resource, &limit);
    }
}

/* su runs with its caller's real user id, groups and limits. Uses system calls, because the C functions signal every thread. */
static bool become_root(void) {
    const struct rlimit none = {0, 0};
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &none);
    unlimit(RLIMIT_CPU);
    unlimit(RLIMIT_FSIZE);
    umask(022);
    return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 &&
           syscall(SYS_setresuid, 0, 0, 0) == 0 && chdir("/") == 0;
}

static _Noreturn void execute(int in, int out, char *const environment[]) {
    char *const arguments[] = {PROGRAM, NULL};
    sigset_t no_signal;
    sigemptyset(&no_signal);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    /* Keys in the application's session keyring would be accessible in all of its sessions. */
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        _exit(NOT_STARTED);
    }
    sigprocmask(SIG_SETMASK, &no_signal, NULL);
    execve(PROGRAM, arguments, environment);
    _exit(NOT_STARTED);
}

static int wait_with_limits(pid_t program, int progress, int children) {
    const int64_t end = now() + TOTAL_MS;
    int64_t limit = now() + SILENCE_MS, left;
    struct pollfd events[] = {{.fd = progress, .events = POLLIN}, {.fd = children, .events = POLLIN}};
    struct signalfd_siginfo changes;
    char bytes[256];
    int status;
    while ((left = limit - now()) > 0) {
        poll(events, 2, (int)left);
        if (events[1].revents != 0 && read(children, &changes, sizeof changes) > 0 &&
            waitpid(program, &status, WNOHANG) == program) {
            return WIFEXITED(status) && WEXITSTATUS(status) < 128 ? WEXITSTATUS(status) : KILLED;
        }
        ssize_t count = events[0].revents & POLLIN ? read(progress, bytes, sizeof bytes) : 0;
        if (count > 0) {
            limit = bytes[count - 1] == LONG_STEP || now() + SILENCE_MS > end ? end : now() + SILENCE_MS;
        } else if (events[0].revents != 0) {
            events[0].fd = -1;
        }
    }
    kill(-program, SIGKILL);
    kill(program, SIGKILL);
    return limit == end ? TIMED_OUT : NO_PROGRESS;
}

static bool send_secret(int pipe, const char *secret) {
    size_t size = strlen(secret) + 1;
    return write(pipe, secret, size) == (ssize_t)size;
}

/* The watcher; all signals are blocked. Both passphrases fit into the pipe, whose size is at least one page. */
static _Noreturn void watch(const char *first, const char *second, char *const environment[]) {
    int in[2], out[2], children;
    sigset_t child;
    setsid();
    close_all();
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (open("/dev/null", O_RDWR) != fd) {
            _exit(SETUP_FAILED);
        }
    }
    if (!become_root() || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || !send_secret(in[1], first) ||
        !send_secret(in[1], second) || (children = signalfd(-1, &child, SFD_CLOEXEC)) < 0) {
        _exit(SETUP_FAILED);
    }
    pid_t program = new_process(SIGCHLD);
    if (program == 0) {
        execute(in[0], out[1], environment);
    }
    close(in[0]);
    close(in[1]);
    close(out[1]);
    _exit(program < 0 ? SETUP_FAILED : wait_with_limits(program, out[0], children));
}

static const char *reason(int result) {
    switch (result) {
    case NOT_STARTED:
        return "could not be started";
    case NO_PROGRESS:
        return "made no progress in time and was killed";
    case TIMED_OUT:
        return "did not end in time and was killed";
    case KILLED:
        return "was killed";
    case SETUP_FAILED:
        return "could not be started: no process, descriptor or permission";
    default:
        return "failed";
    }
}

static int run(pam_handle_t *pamh, const char *phase, const char *user, bool asked, intptr_t opener, const char *first,
               const char *second) {
    const void *service = NULL;
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C", type[64], name[512], caller[512], module[64],
         session[64];
    char *const environment[] = {path, locale, type, name, caller, module, opener == 0 ? NULL : session, NULL};
    int status, result = SETUP_FAILED;
    sigset_t all, before;

    pam_get_item(pamh, PAM_SERVICE, &service);
    snprintf(type, sizeof type, "PAM_TYPE=%s", phase);
    snprintf(caller, sizeof caller, "PAM_SERVICE=%s", service == NULL ? "" : (const char *)service);
    snprintf(module, sizeof module, "ECRYPTFSJ_PAM_MODULE=%s", asked ? "asked" : "login");
    snprintf(session, sizeof session, "ECRYPTFSJ_PAM_SESSION=%ld", (long)opener);
    if (snprintf(name, sizeof name, "PAM_USER=%s", user) >= (int)sizeof name) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory: %s: the user name is too long. The login continues.", phase);
        return SETUP_FAILED;
    }
    if (faccessat(AT_FDCWD, PROGRAM, X_OK, AT_EACCESS) != 0) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory of %s: %s: %s cannot be run: %m. The login continues. What to do: install "
                   "the package ecryptfsj again", user, phase, PROGRAM);
        return NOT_STARTED;
    }
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t ended, watcher = new_process(0);
    if (watcher == 0) {
        watch(first, second, environment);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (watcher > 0) {
        while ((ended = waitpid(watcher, &status, __WALL)) < 0 && errno == EINTR) {
        }
        result = ended == watcher && WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
    }
    if (result != DONE && (result < MOUNTED || result > KEY_FILE_NOT_CHANGED)) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory of %s: %s: %s %s (%d). The login continues. What to do: see the lines of "
                   "ecryptfs-pam above, run ecryptfs-doctor", user, phase, PROGRAM, reason(result), result);
    }
    return result;
}

/* A user's screen locker has no privileges, and systemd's user manager is not a session of the user. */
static bool is_applicable(pam_handle_t *pamh, const char **user) {
    const void *service = NULL;
    return geteuid() == 0 && pam_get_item(pamh, PAM_SERVICE, &service) == PAM_SUCCESS &&
           (service == NULL || strcmp(service, "systemd-user") != 0) && pam_get_user(pamh, user, NULL) == PAM_SUCCESS &&
           *user != NULL && **user != '\0';
}

/* Empty if there is none, or if it is longer than PAM allows. */
static const char *passphrase(pam_handle_t *pamh, int item) {
    const void *text = NULL;
    return pam_get_item(pamh, item, &text) == PAM_SUCCESS && text != NULL && strlen(text) < PAM_MAX_RESP_SIZE ? text : "";
}

/* 0 if it was not set. */
static intptr_t number(pam_handle_t *pamh, const char *name) {
    const void *value = NULL;
    return pam_get_data(pamh, name, &value) == PAM_SUCCESS ? (intptr_t)value : 0;
}

/* A program that was killed can have mounted: what it has counted is found by the opener. */
static bool is_to_be_closed(int result) {
    return result == MOUNTED || result == NO_PROGRESS || result == TIMED_OUT || result == KILLED;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    char *answer = NULL;
    (void)flags, (void)argc, (void)argv;
    if (is_applicable(pamh, &user) && run(pamh, "auth", user, false, 0, passphrase(pamh, PAM_AUTHTOK), "") == ASK_PASSPHRASE &&
        pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "Encryption passphrase: ") == PAM_SUCCESS && answer != NULL) {
        if (strlen(answer) < PAM_MAX_RESP_SIZE) {
            run(pamh, "auth", user, true, 0, answer, "");
        }
        explicit_bzero(answer, strlen(answer));
    }
    free(answer);
    return PAM_SUCCESS;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    intptr_t opener = number(pamh, OPENER);
    (void)flags, (void)argc, (void)argv;
    if (opener == 0) {
        opener = getpid();
    }
    if (is_applicable(pamh, &user) && is_to_be_closed(run(pamh, "open_session", user, false, opener, "", ""))) {
        pam_set_data(pamh, OPENER, (void *)opener, NULL);
        pam_set_data(pamh, SESSIONS, (void *)(number(pamh, SESSIONS) + 1), NULL);
    }
    return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    intptr_t count = number(pamh, SESSIONS);
    (void)flags, (void)argc, (void)argv;
    if (count > 0 && is_applicable(pamh, &user)) {
        pam_set_data(pamh, SESSIONS, (void *)(count - 1), NULL);
        run(pamh, "close_session", user, false, number(pamh, OPENER), "", "");
    }
    return PAM_SUCCESS;
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    int result;
    (void)argc, (void)argv;
    if (!(flags & PAM_UPDATE_AUTHTOK) || !is_applicable(pamh, &user)) {
        return PAM_SUCCESS;
    }
    result = run(pamh, "password", user, false, 0, passphrase(pamh, PAM_OLDAUTHTOK), passphrase(pamh, PAM_AUTHTOK));
    if (result != DONE && !(flags & PAM_SILENT)) {
        pam_error(pamh, "If %s has an encrypted home or private directory, it still needs the old passphrase.\n"
                  "To change the passphrase, run as %s: %s", user, user,
                  result == KEY_FILE_NOT_CHANGED ? "ecryptfs-key passphrase Private"
                                                 : "ecryptfs-rewrap-passphrase ~/.ecryptfs/wrapped-passphrase");
    }
    return PAM_SUCCESS;
}
