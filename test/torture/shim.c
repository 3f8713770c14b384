/*
 * A preload library that stands between a process and its disk and clock. The torture campaigns compile it and start the
 * gateway with it; it does only what the environment asks for.
 *
 *   TORTURE_FOLDER  files below this folder are meant, and no others
 *   TORTURE_LOG     every change to those files is written down here, in order, with its bytes and every fsync
 *   TORTURE_STATE   a file of two int64, mapped: [0] milliseconds added to the date, [1] not 0: the disk is full
 *
 * A full disk is as a file system has it: what exists can be overwritten, nothing can grow. Bytes that the kernel maps
 * (SQLite's -shm) are not seen; nothing in them outlives a power cut.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 4096
enum { OPENED = 1, WRITTEN = 2, SYNCED = 3, TRUNCATED = 4, REMOVED = 5, RENAMED = 6 };

/* One change: this header, then `length` bytes (what was written, or a path). Little-endian as the machine is. */
struct record {
  uint32_t what;
  uint32_t file;
  uint64_t offset;
  uint64_t length;
};

static const char *folder;
static int log_to = -1;
static volatile int64_t *state;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* The number of the file behind each descriptor; 0: none of ours. */
static uint32_t file_of[MOST_FILES];
static char *paths[MOST_FILES];
static uint32_t files;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  folder = getenv("TORTURE_FOLDER");
  const char *log = getenv("TORTURE_LOG"), *shared = getenv("TORTURE_STATE");
  if (log) log_to = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (shared) {
    int fd = REAL(open)(shared, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      void *map = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (map != MAP_FAILED) state = map;
      REAL(close)(fd);
    }
  }
}

static void put(const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t done = REAL(write)(log_to, at, length);
    if (done <= 0) abort();
    at += done;
    length -= done;
  }
}

static void note(uint32_t what, uint32_t file, uint64_t offset, const void *bytes, uint64_t length) {
  if (log_to < 0) return;
  struct record record = {what, file, offset, length};
  pthread_mutex_lock(&lock);
  put(&record, sizeof record);
  if (bytes) put(bytes, length);
  pthread_mutex_unlock(&lock);
}

static int ours(const char *path) {
  if (!folder || strncmp(path, folder, strlen(folder)) != 0) return 0;
  size_t length = strlen(path);
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static uint32_t number_of(const char *path) {
  for (uint32_t each = 1; each <= files; each++)
    if (strcmp(paths[each], path) == 0) return each;
  if (files + 1 >= MOST_FILES) abort();
  paths[++files] = strdup(path);
  note(OPENED, files, 0, path, strlen(path));
  return files;
}

static uint32_t file(int fd) { return fd >= 0 && fd < MOST_FILES ? file_of[fd] : 0; }

static int full(int fd, off_t end) {
  struct stat is;
  if (!file(fd) || !state || state[1] == 0) return 0;
  return fstat(fd, &is) == 0 && end > is.st_size;
}

/* ── opening ── */

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < MOST_FILES) file_of[fd] = ours(path) ? number_of(path) : 0;
  return fd;
}

#define OPEN(name)                                         \
  int name(const char *path, int flags, ...) {             \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    mode_t mode = va_arg(rest, mode_t);                    \
    va_end(rest);                                          \
    if ((flags & O_CREAT) && state && state[1] && ours(path) && access(path, F_OK) != 0) { \
      errno = ENOSPC;                                      \
      return -1;                                           \
    }                                                      \
    int fd = opened(REAL(name)(path, flags, mode), path);  \
    if (fd >= 0 && (flags & O_TRUNC) && file(fd)) note(TRUNCATED, file(fd), 0, NULL, 0); \
    return fd;                                             \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < MOST_FILES) file_of[fd] = 0;
  return REAL(close)(fd);
}

/* ── changing ── */

#define PWRITE(name, offset_type)                                                \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) {   \
    if (full(fd, offset + length)) {                                             \
      errno = ENOSPC;                                                            \
      return -1;                                                                 \
    }                                                                            \
    ssize_t done = REAL(name)(fd, bytes, length, offset);                        \
    if (done > 0 && file(fd)) note(WRITTEN, file(fd), offset, bytes, done);      \
    return done;                                                                 \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!file(fd)) return REAL(write)(fd, bytes, length);
  off_t at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
  if (full(fd, at + length)) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t done = REAL(write)(fd, bytes, length);
  if (done > 0) note(WRITTEN, file(fd), at, bytes, done);
  return done;
}

#define TRUNCATE(name, offset_type)                                  \
  int name(int fd, offset_type size) {                               \
    if (full(fd, size)) {                                            \
      errno = ENOSPC;                                                \
      return -1;                                                     \
    }                                                                \
    int result = REAL(name)(fd, size);                               \
    if (result == 0 && file(fd)) note(TRUNCATED, file(fd), size, NULL, 0); \
    return result;                                                   \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int posix_fallocate(int fd, off_t offset, off_t length) {
  if (full(fd, offset + length)) return ENOSPC;
  return REAL(posix_fallocate)(fd, offset, length);
}

/* ── making sure ── */

#define SYNC(name)                                                  \
  int name(int fd) {                                                \
    int result = REAL(name)(fd);                                    \
    if (result == 0 && file(fd)) note(SYNCED, file(fd), 0, NULL, 0); \
    return result;                                                  \
  }
SYNC(fsync)
SYNC(fdatasync)

/* ── names ── */

int unlink(const char *path) {
  int result = REAL(unlink)(path);
  if (result == 0 && ours(path)) note(REMOVED, number_of(path), 0, NULL, 0);
  return result;
}

int rename(const char *from, const char *to) {
  int result = REAL(rename)(from, to);
  if (result == 0 && ours(from) && ours(to)) note(RENAMED, number_of(from), number_of(to), NULL, 0);
  return result;
}

/* ── the date ── */

static void shift(int64_t *seconds, int64_t *fraction, int64_t per_second) {
  if (!state) return;
  int64_t ms = state[0];
  *seconds += ms / 1000;
  *fraction += ms % 1000 * (per_second / 1000);
  if (*fraction < 0) *fraction += per_second, *seconds -= 1;
  if (*fraction >= per_second) *fraction -= per_second, *seconds += 1;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t seconds = now->tv_sec, fraction = now->tv_nsec;
    shift(&seconds, &fraction, 1000000000);
    now->tv_sec = seconds;
    now->tv_nsec = fraction;
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result == 0) {
    int64_t seconds = now->tv_sec, fraction = now->tv_usec;
    shift(&seconds, &fraction, 1000000);
    now->tv_sec = seconds;
    now->tv_usec = fraction;
  }
  return result;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
