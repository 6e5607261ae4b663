/*
 * Preloaded into a process, keeps beside each file of one folder what a power cut would leave of it: a twin in another
 * folder that receives the bytes written only when the file is synced. Also plays a full disk.
 *
 *   POWER_FOLDER   the folder that is watched (absolute)
 *   POWER_TWINS    the folder of the twins (absolute, exists)
 *   POWER_FULL     while this file exists, no file of the folder can grow
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FDS 4096
#define MAX_RANGES 65536

struct range { off_t start, end; };

/* What was written to one file since it was last synced; descriptors of the same file share it. */
struct watched {
  char twin[PATH_MAX];
  dev_t device;
  ino_t inode;
  struct range *ranges;
  size_t count;
};

static struct watched *watched_by_fd[MAX_FDS];
static struct watched *all_watched[MAX_FDS];
static size_t watched_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *name_in_folder(const char *path) {
  const char *folder = getenv("POWER_FOLDER");
  if (!folder || !path) return NULL;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
  const char *name = path + length + 1;
  size_t size = strlen(name);
  /* The shared-memory index of a write-ahead log is rebuilt from the log: nothing of it survives, and nothing need. */
  if (size > 4 && strcmp(name + size - 4, "-shm") == 0) return NULL;
  return strchr(name, '/') ? NULL : name;
}

static void twin_path(char *twin, const char *name) {
  snprintf(twin, PATH_MAX, "%s/%s", getenv("POWER_TWINS"), name);
}

static void watch(int fd, const char *path) {
  const char *name = name_in_folder(path);
  struct stat stats;
  if (!name || fd < 0 || fd >= MAX_FDS || fstat(fd, &stats) != 0 || !S_ISREG(stats.st_mode)) return;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < watched_count; i++) {
    if (all_watched[i]->inode == stats.st_ino && all_watched[i]->device == stats.st_dev) watched_by_fd[fd] = all_watched[i];
  }
  if (!watched_by_fd[fd] && watched_count < MAX_FDS) {
    struct watched *file = calloc(1, sizeof *file);
    file->ranges = calloc(MAX_RANGES, sizeof *file->ranges);
    file->device = stats.st_dev;
    file->inode = stats.st_ino;
    twin_path(file->twin, name);
    watched_by_fd[fd] = all_watched[watched_count++] = file;
  }
  pthread_mutex_unlock(&lock);
}

static void note_write(int fd, off_t start, ssize_t length) {
  if (fd < 0 || fd >= MAX_FDS || !watched_by_fd[fd] || length <= 0) return;
  pthread_mutex_lock(&lock);
  struct watched *file = watched_by_fd[fd];
  struct range *last = file->count ? &file->ranges[file->count - 1] : NULL;
  if (last && last->end == start) last->end += length;
  else if (file->count < MAX_RANGES) file->ranges[file->count++] = (struct range){start, start + length};
  else abort();
  pthread_mutex_unlock(&lock);
}

static void copy_range(int from, int to, struct range range) {
  char buffer[65536];
  for (off_t at = range.start; at < range.end;) {
    size_t wanted = range.end - at < (off_t)sizeof buffer ? (size_t)(range.end - at) : sizeof buffer;
    ssize_t got = pread(from, buffer, wanted, at);
    if (got <= 0) return;
    if (REAL(pwrite64)(to, buffer, got, at) != got) abort();
    at += got;
  }
}

static void keep(int fd) {
  if (fd < 0 || fd >= MAX_FDS || !watched_by_fd[fd]) return;
  pthread_mutex_lock(&lock);
  struct watched *file = watched_by_fd[fd];
  struct stat stats;
  int twin = REAL(open64)(file->twin, O_CREAT | O_WRONLY, 0600);
  if (twin < 0 || fstat(fd, &stats) != 0) abort();
  for (size_t i = 0; i < file->count; i++) copy_range(fd, twin, file->ranges[i]);
  if (ftruncate(twin, stats.st_size) != 0) abort();
  file->count = 0;
  close(twin);
  pthread_mutex_unlock(&lock);
}

static int disk_is_full(int fd, off_t end) {
  const char *flag = getenv("POWER_FULL");
  struct stat stats;
  if (!flag || fd < 0 || fd >= MAX_FDS || !watched_by_fd[fd] || access(flag, F_OK) != 0) return 0;
  return fstat(fd, &stats) == 0 && end > stats.st_size;
}

static int open_watched(const char *path, int flags, int mode) {
  int fd = REAL(open64)(path, flags, mode);
  watch(fd, path);
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, int) : 0;
  va_end(arguments);
  return open_watched(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, int) : 0;
  va_end(arguments);
  return open_watched(path, flags, mode);
}

int close(int fd) {
  if (fd >= 0 && fd < MAX_FDS) watched_by_fd[fd] = NULL;
  return REAL(close)(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  if (disk_is_full(fd, offset + (off_t)length)) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t written = REAL(pwrite64)(fd, bytes, length, offset);
  note_write(fd, offset, written);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  off_t offset = fd >= 0 && fd < MAX_FDS && watched_by_fd[fd] ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t written = REAL(write)(fd, bytes, length);
  note_write(fd, offset, written);
  return written;
}

int fsync(int fd) {
  int result = REAL(fsync)(fd);
  if (result == 0) keep(fd);
  return result;
}

int fdatasync(int fd) {
  int result = REAL(fdatasync)(fd);
  if (result == 0) keep(fd);
  return result;
}

/* The next file may get the same inode, and is another file all the same. */
static void forget(const struct stat *removed) {
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < watched_count; i++) {
    if (all_watched[i]->inode == removed->st_ino && all_watched[i]->device == removed->st_dev) all_watched[i]->inode = 0;
  }
  pthread_mutex_unlock(&lock);
}

/* The name of a removed file is taken to be gone at once, as after a sync of the folder. */
int unlink(const char *path) {
  const char *name = name_in_folder(path);
  struct stat stats;
  int known = name && stat(path, &stats) == 0;
  int result = REAL(unlink)(path);
  if (result == 0 && known) {
    char twin[PATH_MAX];
    twin_path(twin, name);
    REAL(unlink)(twin);
    forget(&stats);
  }
  return result;
}
