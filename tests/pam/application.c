/*
 * Stands for sshd or sudo in the tests of pam_ecryptfs.so: an application with threads, signal handlers, descriptors and
 * children of its own, which says whether the module left all of that as it was.
 *
 *   application DIRECTORY SERVICE USER [OPTION]... STEP...
 *
 * DIRECTORY holds PAM's configuration. The answers to prompts are lines of standard input. Steps: auth, open, close, password.
 * Options: ignore, handler, nowait (what is done about SIGCHLD), alarm (a signal every 20 ms), threads, closed (0, 1 and 2),
 * caller (as su: another real user, little room for files).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>
#include <security/pam_ext.h>

extern char **environ;

static FILE *report;
static char answers[8][512];
static int asked;
static volatile sig_atomic_t children_ended;

/* In place of libpam's, so that nothing but the test sees it. */
void pam_vsyslog(const pam_handle_t *pamh, int priority, const char *format, va_list arguments) {
    (void)pamh, (void)priority;
    fprintf(report, "log: ");
    vfprintf(report, format, arguments);
    fprintf(report, "\n");
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    pam_vsyslog(pamh, priority, format, arguments);
    va_end(arguments);
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses, void *unused) {
    (void)unused;
    *responses = calloc((size_t)count, sizeof **responses);
    for (int i = 0; i < count; i++) {
        fprintf(report, "conversation: %s\n", messages[i]->msg);
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF || messages[i]->msg_style == PAM_PROMPT_ECHO_ON) {
            (*responses)[i].resp = strdup(answers[asked++]);
        }
    }
    return PAM_SUCCESS;
}

static void child_ended(int signal) {
    (void)signal;
    children_ended++;
}

static void nothing(int signal) { (void)signal; }

static void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

static void *allocate_for_ever(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        free(malloc(512));
        pthread_testcancel();
    }
    return unused;
}

static int descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static bool same(const sigset_t *one, const sigset_t *other) {
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(one, number) != sigismember(other, number)) {
            return false;
        }
    }
    return true;
}

static int step(pam_handle_t *pamh, const char *name) {
    if (strcmp(name, "auth") == 0) {
        return pam_authenticate(pamh, 0);
    }
    if (strcmp(name, "open") == 0) {
        return pam_open_session(pamh, 0);
    }
    if (strcmp(name, "close") == 0) {
        return pam_close_session(pamh, 0);
    }
    return pam_chauthtok(pamh, 0);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    pam_handle_t *pamh;
    pthread_t threads[2];
    bool threaded = false;
    sigset_t before, after;
    const struct pam_conv conversation = {converse, NULL};
    report = fdopen(fcntl(STDOUT_FILENO, F_DUPFD, 20), "w");
    setvbuf(report, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof answers / sizeof *answers && fgets(answers[i], sizeof *answers, stdin) != NULL; i++) {
        answers[i][strcspn(answers[i], "\n")] = '\0';
    }
    if (argc < 5 || pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pamh) != PAM_SUCCESS) {
        return 2;
    }
    pam_putenv(pamh, "LD_PRELOAD=/nonexistent.so");
    setenv("BASH_ENV", "/nonexistent", 1);
    for (int fd = 0; fd < 40; fd++) {
        if (open("/dev/zero", O_RDONLY) < 0) {
            return 2;
        }
    }
    for (int i = 4; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "ignore") == 0) {
            signal(SIGCHLD, SIG_IGN);
        } else if (strcmp(word, "handler") == 0) {
            handle(SIGCHLD, child_ended, 0);
        } else if (strcmp(word, "nowait") == 0) {
            handle(SIGCHLD, child_ended, SA_NOCLDWAIT);
        } else if (strcmp(word, "alarm") == 0) {
            const struct itimerval often = {{0, 20000}, {0, 20000}};
            handle(SIGALRM, nothing, 0);
            setitimer(ITIMER_REAL, &often, NULL);
        } else if (strcmp(word, "threads") == 0) {
            threaded = true;
            pthread_create(&threads[0], NULL, allocate_for_ever, NULL);
            pthread_create(&threads[1], NULL, allocate_for_ever, NULL);
        } else if (strcmp(word, "closed") == 0) {
            close(0), close(1), close(2);
        } else if (strcmp(word, "caller") == 0) {
            const struct rlimit little = {0, RLIM_INFINITY};
            signal(SIGXFSZ, SIG_IGN);
            if (setrlimit(RLIMIT_FSIZE, &little) != 0 || setresgid(65534, 0, 0) != 0 || setresuid(65534, 0, 0) != 0) {
                return 2;
            }
        } else {
            char **environment = environ;
            int open_before = descriptors(), code;
            double start = seconds();
            sigprocmask(SIG_SETMASK, NULL, &before);
            code = step(pamh, word);
            double took = seconds() - start;
            sigprocmask(SIG_SETMASK, NULL, &after);
            fprintf(report, "%s: %s\n", word, code == PAM_SUCCESS ? "success" : pam_strerror(pamh, code));
            fprintf(report, "milliseconds: %.0f\n", took * 1000);
            int child = waitpid(-1, NULL, WNOHANG);
            if (child != -1 || errno != ECHILD || children_ended != 0 || !same(&before, &after) ||
                open_before != descriptors() || environment != environ) {
                fprintf(report, "disturbed: child %d, %d SIGCHLD, %d then %d descriptors\n", child, (int)children_ended,
                        open_before, descriptors());
            }
        }
    }
    for (int i = 0; threaded && i < 2; i++) {
        pthread_cancel(threads[i]);
        pthread_join(threads[i], NULL);
    }
    pam_end(pamh, PAM_SUCCESS);
    fprintf(report, "end\n");
    fclose(report);
    return 0;
}
