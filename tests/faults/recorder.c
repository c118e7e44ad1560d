/* Records what a process does to the files below one folder, for the model of a disk that loses its cache.

   Preloaded (LD_PRELOAD) and idle until recorder_start(). From then on every call that changes a file, a name
   or what is durable is done and appended to a log as one record, both under one lock, so that the records stand
   in the order in which things happened. A record is written after its call returned: a process that is killed
   between the two leaves a log that ends one call early, which is what a power cut a moment earlier would have left.
   Files are told apart by inode and folders too, so the log has no paths, only names within a folder.

   Calls go to the kernel by number, never through the library's functions that stand behind these. What cannot be
   modelled (writable shared maps, other than SQLite's -shm; links by name; holes) is recorded as such and refused
   by the model. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation {
    ROOT, CREATE, MKDIR, UNLINK, RMDIR, RENAME, LINK, WRITE, TRUNCATE, EXTEND, SYNC, SYNC_FOLDER, SYNC_ALL, MARK,
    UNSUPPORTED
};

#define MAGIC 0x4d4f4d45u

struct header {
    uint32_t magic, operation;
    uint64_t file;    /* inode of the file or folder that is meant */
    uint64_t folder;  /* inode of the folder in which its name stands */
    uint64_t target;  /* inode of the folder in which a new name stands */
    uint64_t offset;  /* of a write; the new size of a truncation or extension */
    uint32_t name_length, new_name_length;
    uint64_t data_length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_descriptor = -1;
static long records, fatal_record, tear;

/* -- the log ------------------------------------------------------------------------------------------------- */

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static void append(struct header header, const char *name, const char *new_name, const void *data)
{
    int saved = errno;
    header.magic = MAGIC;
    header.name_length = name ? strlen(name) : 0;
    header.new_name_length = new_name ? strlen(new_name) : 0;
    struct iovec parts[4] = {
        {&header, sizeof header}, {(void *)name, header.name_length},
        {(void *)new_name, header.new_name_length}, {(void *)data, header.data_length}};
    size_t length = sizeof header + header.name_length + header.new_name_length + header.data_length;
    if (syscall(SYS_writev, log_descriptor, parts, 4) != (long)length) {
        dprintf(2, "recorder: the log cannot be written: %s\n", strerror(errno));
        die();
    }
    if (++records == fatal_record)
        die();
    errno = saved;
}

static void unsupported(const char *what)
{
    append((struct header){.operation = UNSUPPORTED}, what, NULL, NULL);
}

/* -- what is recorded ---------------------------------------------------------------------------------------- */

static int below_root(const char *path)
{
    return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

/* The path of a descriptor where it is below the folder, else 0. Errors leave errno as it was. */
static int watched(int descriptor, char path[PATH_MAX])
{
    if (log_descriptor < 0 || descriptor < 0)
        return 0;
    int saved = errno;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    errno = saved;
    if (length <= 0)
        return 0;
    path[length] = 0;
    return below_root(path);
}

static uint64_t inode_of(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

static uint64_t inode_at(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_ino : 0;
}

/* A name within a folder: the folder's resolved path and the last part. */
struct place {
    char folder[PATH_MAX];
    char name[NAME_MAX + 1];
    char path[2 * PATH_MAX];
    uint64_t folder_inode;
};

static int locate(int at, const char *path, struct place *place)
{
    if (log_descriptor < 0 || path == NULL)
        return 0;
    int saved = errno;
    char whole[2 * PATH_MAX], base[PATH_MAX];
    if (path[0] == '/' || at == AT_FDCWD) {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
        if (length <= 0) { errno = saved; return 0; }
        base[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", base, path);
    }
    size_t end = strlen(whole);
    while (end > 1 && whole[end - 1] == '/')
        whole[--end] = 0;
    char *slash = strrchr(whole, '/');
    const char *name = slash ? slash + 1 : whole;
    if (strlen(name) > NAME_MAX) { errno = saved; return 0; }
    strcpy(place->name, name);
    if (slash == whole)
        slash[1] = 0;
    else if (slash)
        *slash = 0;
    int found = realpath(slash ? whole : ".", place->folder) != NULL && below_root(place->folder);
    if (found) {
        snprintf(place->path, sizeof place->path, "%s/%s", place->folder, place->name);
        place->folder_inode = inode_at(place->folder);
    }
    errno = saved;
    return found;
}

/* -- opening ------------------------------------------------------------------------------------------------- */

static int do_open(int at, const char *path, int flags, mode_t mode)
{
    struct place place;
    if (!(flags & (O_CREAT | O_TRUNC)) || !locate(at, path, &place))
        return syscall(SYS_openat, at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int existed = lstat(place.path, &before) == 0;
    int descriptor = syscall(SYS_openat, at, path, flags, mode);
    if (descriptor >= 0) {
        if ((flags & O_TMPFILE) == O_TMPFILE)
            unsupported("O_TMPFILE");
        else if (!existed)
            append((struct header){.operation = CREATE, .file = inode_of(descriptor), .folder = place.folder_inode},
                   place.name, NULL, NULL);
        else if ((flags & O_TRUNC) && before.st_size > 0)
            append((struct header){.operation = TRUNCATE, .file = inode_of(descriptor)}, NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define OPEN(function)                                                                                              \
    int function(const char *path, int flags, ...)                                                                  \
    {                                                                                                               \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);                      \
        return do_open(AT_FDCWD, path, flags, mode);                                                                \
    }
#define OPENAT(function)                                                                                            \
    int function(int at, const char *path, int flags, ...)                                                          \
    {                                                                                                               \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);                      \
        return do_open(at, path, flags, mode);                                                                      \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return do_open(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return do_open(at, path, flags, 0); }
int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    char path[PATH_MAX];
    int writable = (flags & MAP_SHARED) && (protection & PROT_WRITE) && !(flags & MAP_ANONYMOUS);
    if (writable && watched(descriptor, path)) {
        size_t end = strlen(path);
        if (end < 4 || strcmp(path + end - 4, "-shm") != 0) {
            pthread_mutex_lock(&lock);
            unsupported("a writable shared map");
            pthread_mutex_unlock(&lock);
        }
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    return mmap(address, length, protection, flags, descriptor, offset);
}

/* -- content ------------------------------------------------------------------------------------------------- */

/* Shorten a vector of buffers to half its bytes, at least one (for a call that is torn by the kill). */
static int halve(const struct iovec *from, int count, struct iovec *to)
{
    size_t left = 0;
    for (int i = 0; i < count; i++)
        left += from[i].iov_len;
    left = (left + 1) / 2;
    for (int i = 0; i < count; i++) {
        to[i] = from[i];
        if (to[i].iov_len >= left) {
            to[i].iov_len = left;
            return i + 1;
        }
        left -= to[i].iov_len;
    }
    return count;
}

/* offset -1: at the descriptor's own position */
static ssize_t do_write(int descriptor, const struct iovec *buffers, int count, off_t offset)
{
    char path[PATH_MAX];
    if (!watched(descriptor, path))
        return offset < 0 ? syscall(SYS_writev, descriptor, buffers, count)
                          : syscall(SYS_pwritev, descriptor, buffers, count, offset, 0L);
    pthread_mutex_lock(&lock);
    struct iovec half[count > 0 ? count : 1];
    if (tear && records + 1 == fatal_record) {
        count = halve(buffers, count, half);
        buffers = half;
    }
    ssize_t written = offset < 0 ? syscall(SYS_writev, descriptor, buffers, count)
                                 : syscall(SYS_pwritev, descriptor, buffers, count, offset, 0L);
    if (written > 0) {
        int saved = errno;
        off_t start = offset >= 0 ? offset : syscall(SYS_lseek, descriptor, 0, SEEK_CUR) - written;
        char *data = malloc(written);
        size_t done = 0;
        for (int i = 0; i < count && done < (size_t)written; i++) {
            size_t part = buffers[i].iov_len < written - done ? buffers[i].iov_len : written - done;
            memcpy(data + done, buffers[i].iov_base, part);
            done += part;
        }
        append((struct header){.operation = WRITE, .file = inode_of(descriptor), .offset = start,
                               .data_length = written}, NULL, NULL, data);
        free(data);
        errno = saved;
    }
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t write(int descriptor, const void *data, size_t length)
{
    return do_write(descriptor, &(struct iovec){(void *)data, length}, 1, -1);
}
ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset)
{
    return do_write(descriptor, &(struct iovec){(void *)data, length}, 1, offset);
}
ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
    return do_write(descriptor, &(struct iovec){(void *)data, length}, 1, offset);
}
ssize_t writev(int descriptor, const struct iovec *buffers, int count)
{
    return do_write(descriptor, buffers, count, -1);
}
ssize_t pwritev(int descriptor, const struct iovec *buffers, int count, off_t offset)
{
    return do_write(descriptor, buffers, count, offset);
}
ssize_t pwritev64(int descriptor, const struct iovec *buffers, int count, off64_t offset)
{
    return do_write(descriptor, buffers, count, offset);
}
ssize_t pwritev2(int descriptor, const struct iovec *buffers, int count, off_t offset, int flags)
{
    (void)flags;
    return do_write(descriptor, buffers, count, offset);
}
ssize_t pwritev64v2(int descriptor, const struct iovec *buffers, int count, off64_t offset, int flags)
{
    (void)flags;
    return do_write(descriptor, buffers, count, offset);
}

/* What the kernel copied into a descriptor that ends now at its own position: read back and recorded. */
static void record_copied(int descriptor, off_t start, ssize_t length)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    int reader = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
    char *data = malloc(length);
    if (reader < 0 || syscall(SYS_pread64, reader, data, length, start) != length)
        unsupported("a copy that cannot be read back");
    else
        append((struct header){.operation = WRITE, .file = inode_of(descriptor), .offset = start,
                               .data_length = length}, NULL, NULL, data);
    free(data);
    if (reader >= 0)
        syscall(SYS_close, reader);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
    char path[PATH_MAX];
    if (!watched(to, path))
        return syscall(SYS_sendfile, to, from, offset, length);
    pthread_mutex_lock(&lock);
    ssize_t copied = syscall(SYS_sendfile, to, from, offset, length);
    if (copied > 0)
        record_copied(to, syscall(SYS_lseek, to, 0, SEEK_CUR) - copied, copied);
    pthread_mutex_unlock(&lock);
    return copied;
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) { return sendfile(to, from, offset, length); }

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t length, unsigned flags)
{
    char path[PATH_MAX];
    if (!watched(to, path))
        return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, length, flags);
    pthread_mutex_lock(&lock);
    ssize_t copied = syscall(SYS_copy_file_range, from, from_offset, to, to_offset, length, flags);
    if (copied > 0)
        record_copied(to, (to_offset ? *to_offset : syscall(SYS_lseek, to, 0, SEEK_CUR)) - copied, copied);
    pthread_mutex_unlock(&lock);
    return copied;
}

/* -- size ---------------------------------------------------------------------------------------------------- */

int ftruncate(int descriptor, off_t size)
{
    char path[PATH_MAX];
    if (!watched(descriptor, path))
        return syscall(SYS_ftruncate, descriptor, size);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_ftruncate, descriptor, size);
    if (result == 0)
        append((struct header){.operation = TRUNCATE, .file = inode_of(descriptor), .offset = size}, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

int truncate(const char *path, off_t size)
{
    int descriptor = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    int result = ftruncate(descriptor, size), saved = errno;
    syscall(SYS_close, descriptor);
    errno = saved;
    return result;
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    char path[PATH_MAX];
    if (!watched(descriptor, path))
        return syscall(SYS_fallocate, descriptor, mode, offset, length);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_fallocate, descriptor, mode, offset, length);
    if (result == 0 && mode == 0)
        append((struct header){.operation = EXTEND, .file = inode_of(descriptor), .offset = offset + length},
               NULL, NULL, NULL);
    else if (result == 0 && mode != FALLOC_FL_KEEP_SIZE)
        unsupported("fallocate with a mode");
    pthread_mutex_unlock(&lock);
    return result;
}
int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return fallocate(descriptor, mode, offset, length);
}
int posix_fallocate(int descriptor, off_t offset, off_t length)
{
    int saved = errno, result = fallocate(descriptor, 0, offset, length) == 0 ? 0 : errno;
    errno = saved;
    return result;
}
int posix_fallocate64(int descriptor, off64_t offset, off64_t length)
{
    return posix_fallocate(descriptor, offset, length);
}

/* -- durability ---------------------------------------------------------------------------------------------- */

static int do_sync(long call, int descriptor)
{
    char path[PATH_MAX];
    if (!watched(descriptor, path))
        return syscall(call, descriptor);
    pthread_mutex_lock(&lock);
    int result = syscall(call, descriptor);
    struct stat status;
    if (result == 0 && fstat(descriptor, &status) == 0) {
        enum operation what = call == SYS_syncfs ? SYNC_ALL : S_ISDIR(status.st_mode) ? SYNC_FOLDER : SYNC;
        append((struct header){.operation = what, .file = status.st_ino}, NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int descriptor) { return do_sync(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return do_sync(SYS_fdatasync, descriptor); }
int syncfs(int descriptor) { return do_sync(SYS_syncfs, descriptor); }
void sync(void)
{
    syscall(SYS_sync);
    pthread_mutex_lock(&lock);
    if (log_descriptor >= 0)
        append((struct header){.operation = SYNC_ALL}, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
}

/* -- names --------------------------------------------------------------------------------------------------- */

static int do_rename(int at, const char *path, int new_at, const char *new_path, unsigned flags)
{
    struct place from, to;
    int leaves = locate(at, path, &from), enters = locate(new_at, new_path, &to);
    if (!leaves && !enters)
        return syscall(SYS_renameat2, at, path, new_at, new_path, flags);
    pthread_mutex_lock(&lock);
    uint64_t file = leaves ? inode_at(from.path) : 0;
    int same = leaves && enters && file == inode_at(to.path);
    int result = syscall(SYS_renameat2, at, path, new_at, new_path, flags);
    if (result == 0 && !same) {
        if (!leaves || !enters || (flags & ~RENAME_NOREPLACE))
            unsupported("a rename across the folder's border, or an exchange");
        else
            append((struct header){.operation = RENAME, .file = file, .folder = from.folder_inode,
                                   .target = to.folder_inode}, from.name, to.name, NULL);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
int rename(const char *path, const char *new_path) { return do_rename(AT_FDCWD, path, AT_FDCWD, new_path, 0); }
int renameat(int at, const char *path, int new_at, const char *new_path)
{
    return do_rename(at, path, new_at, new_path, 0);
}
int renameat2(int at, const char *path, int new_at, const char *new_path, unsigned flags)
{
    return do_rename(at, path, new_at, new_path, flags);
}

static int do_unlink(int at, const char *path, int flags)
{
    struct place place;
    if (!locate(at, path, &place))
        return syscall(SYS_unlinkat, at, path, flags);
    pthread_mutex_lock(&lock);
    uint64_t file = inode_at(place.path);
    int result = syscall(SYS_unlinkat, at, path, flags);
    if (result == 0)
        append((struct header){.operation = flags & AT_REMOVEDIR ? RMDIR : UNLINK, .file = file,
                               .folder = place.folder_inode}, place.name, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}
int unlink(const char *path) { return do_unlink(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return do_unlink(at, path, flags); }
int rmdir(const char *path) { return do_unlink(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path)
{
    int result = do_unlink(AT_FDCWD, path, 0);
    return result != 0 && errno == EISDIR ? do_unlink(AT_FDCWD, path, AT_REMOVEDIR) : result;
}

static int do_mkdir(int at, const char *path, mode_t mode)
{
    struct place place;
    if (!locate(at, path, &place))
        return syscall(SYS_mkdirat, at, path, mode);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_mkdirat, at, path, mode);
    if (result == 0)
        append((struct header){.operation = MKDIR, .file = inode_at(place.path), .folder = place.folder_inode},
               place.name, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}
int mkdir(const char *path, mode_t mode) { return do_mkdir(AT_FDCWD, path, mode); }
int mkdirat(int at, const char *path, mode_t mode) { return do_mkdir(at, path, mode); }

static int do_link(int at, const char *path, int new_at, const char *new_path, int flags)
{
    struct place from, to;
    int inside = locate(at, path, &from);
    if (!locate(new_at, new_path, &to))
        return syscall(SYS_linkat, at, path, new_at, new_path, flags);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_linkat, at, path, new_at, new_path, flags);
    if (result == 0 && !inside)
        unsupported("a link to a file outside the folder");
    else if (result == 0)
        append((struct header){.operation = LINK, .file = inode_at(to.path), .target = to.folder_inode},
               NULL, to.name, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}
int link(const char *path, const char *new_path) { return do_link(AT_FDCWD, path, AT_FDCWD, new_path, 0); }
int linkat(int at, const char *path, int new_at, const char *new_path, int flags)
{
    return do_link(at, path, new_at, new_path, flags);
}

static int do_symlink(const char *content, int at, const char *path)
{
    struct place place;
    int inside = locate(at, path, &place);
    int result = syscall(SYS_symlinkat, content, at, path);
    if (inside && result == 0) {
        pthread_mutex_lock(&lock);
        unsupported("a symbolic link");
        pthread_mutex_unlock(&lock);
    }
    return result;
}
int symlink(const char *content, const char *path) { return do_symlink(content, AT_FDCWD, path); }
int symlinkat(const char *content, int at, const char *path) { return do_symlink(content, at, path); }

/* -- control (ctypes) ---------------------------------------------------------------------------------------- */

/* Record what happens below ``folder`` in ``log`` (which must be elsewhere). With ``fatal`` > 0 the process is killed
   when that record has been written; with ``torn`` too, only half of the bytes of that call are written, if it
   is a write. 0, or -1 and errno. */
int recorder_start(const char *folder, const char *log, long fatal, int torn)
{
    if (realpath(folder, root) == NULL)
        return -1;
    root_length = strlen(root);
    records = 0;
    fatal_record = fatal;
    tear = torn;
    int opened = syscall(SYS_openat, AT_FDCWD, log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (opened < 0)
        return -1;
    log_descriptor = opened;
    append((struct header){.operation = ROOT, .file = inode_at(root)}, NULL, NULL, NULL);
    return 0;
}

/* Put a text of the program's own into the log. */
void recorder_mark(const char *text)
{
    pthread_mutex_lock(&lock);
    append((struct header){.operation = MARK}, text, NULL, NULL);
    pthread_mutex_unlock(&lock);
}
