/*
 * Sockets and nothing else: what Node's own modules cannot open (AF_NETLINK, AF_PACKET, raw IPv6), for services/io.
 * No protocol knowledge lives here; every rule about bytes is on the TypeScript side. Every function answers a number:
 * zero or a count where it went well, a negative errno where it did not; nothing throws for what a kernel may refuse.
 * Only N-API (version 8) and libuv are used, so one binary serves every Node from 20.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <node_api.h>
#include <uv.h>

#define MAXIMUM_BATCH 128
#define CONTROL_BYTES 256
#define SYNCHRONOUS_BYTES 65536 /* Larger than any netlink datagram the kernel makes (32 KiB). */

/* One received datagram: its fixed places for data, sender and ancillary data, and where they are for JavaScript. */
typedef struct { struct sockaddr_storage address; unsigned char control[CONTROL_BYTES]; struct iovec data; } slot;
typedef struct { int32_t data, length, address, address_length, control, control_length, flags, none; } entry;

/* Each owner has a reference: the JavaScript value and, once it watches, the libuv handle and the memory. The last frees. */
typedef struct {
  int fd, references, watching, closing;
  napi_env env;
  napi_ref handler, self;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  uv_poll_t poll;
  unsigned batch;
  struct mmsghdr *headers;
  slot *slots;
  entry *memory;
} channel;

static void release(channel *c) { if (--c->references == 0) free(c->memory), free(c); }

static napi_value number(napi_env env, long value) {
  napi_value result;
  return napi_create_int64(env, value, &result), result;
}

static int integer(napi_env env, napi_value value) {
  int32_t result = 0;
  return napi_get_value_int32(env, value, &result), result;
}

/* The memory of a Uint8Array, or NULL with length 0 for anything else (undefined stands for "none"). */
static void *bytes(napi_env env, napi_value value, size_t *length) {
  bool is_buffer = false;
  void *data = NULL;
  *length = 0;
  napi_is_buffer(env, value, &is_buffer);
  if (is_buffer) napi_get_buffer_info(env, value, &data, length);
  return data;
}

static void on_closed(uv_handle_t *handle) {
  channel *c = handle->data;
  napi_handle_scope scope;
  napi_open_handle_scope(c->env, &scope);
  napi_delete_reference(c->env, c->handler), napi_delete_reference(c->env, c->self);
  napi_async_destroy(c->env, c->context);
  napi_close_handle_scope(c->env, scope);
  napi_remove_async_cleanup_hook(c->cleanup);
  release(c);
}

/* Idempotent. The memory outlives this call, so that a handler may close its own socket. */
static void shut(channel *c) {
  if (c->closing) return;
  c->closing = 1;
  if (c->watching) uv_close((uv_handle_t *)&c->poll, on_closed);
  close(c->fd);
  c->fd = -1;
}

static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) { (void)handle, shut(data); }
static void on_collected(napi_env env, void *data, void *hint) { (void)env, (void)hint, shut(data), release(data); }
static void on_memory_collected(napi_env env, void *data, void *hint) { (void)env, (void)data, release(hint); }

/* Makes a list of data, sender, ancillary data and message flags. */
static napi_value copy(napi_env env, struct msghdr *header, size_t length) {
  napi_value list, part;
  const struct iovec parts[] = {{header->msg_iov->iov_base, length}, {header->msg_name, header->msg_namelen},
                                {header->msg_control, header->msg_controllen}};
  napi_create_array(env, &list);
  for (int i = 0; i < 3; i++) {
    napi_create_buffer_copy(env, parts[i].iov_len, parts[i].iov_base, NULL, &part);
    napi_set_element(env, list, i, part);
  }
  napi_set_element(env, list, 3, number(env, header->msg_flags));
  return list;
}

/* Where things are, in octets from the beginning of the memory: nothing is made for a datagram, and nothing collected. */
static void describe(channel *c, int i) {
  const struct msghdr *header = &c->headers[i].msg_hdr;
  const slot *s = &c->slots[i];
  const char *memory = (const char *)c->memory;
  c->memory[i] = (entry){(char *)s->data.iov_base - memory, c->headers[i].msg_len, (char *)&s->address - memory,
                         header->msg_namelen, (char *)s->control - memory, header->msg_controllen, header->msg_flags, 0};
}

/* make_callback drains promises and nextTicks. A throwing handler is an ordinary uncaughtException; the socket goes on. */
static void deliver(channel *c, int error, int count) {
  napi_env env = c->env;
  napi_handle_scope scope;
  napi_value values[2], handler, global, exception;
  bool pending = false;
  for (int i = 0; i < count; i++) describe(c, i);
  napi_open_handle_scope(env, &scope);
  values[0] = number(env, -error), values[1] = number(env, count);
  napi_get_reference_value(env, c->handler, &handler);
  napi_get_global(env, &global);
  napi_make_callback(env, c->context, global, handler, 2, values, NULL);
  napi_is_exception_pending(env, &pending);
  if (pending && napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
  napi_close_handle_scope(env, scope);
}

static void prepare(struct msghdr *header, slot *s) {
  *header = (struct msghdr){.msg_name = &s->address, .msg_namelen = sizeof s->address, .msg_iov = &s->data,
                            .msg_iovlen = 1, .msg_control = s->control, .msg_controllen = sizeof s->control};
}

/*
 * One bounded batch for each turn of the event loop: polling is level-triggered, so what is left comes next turn and
 * timers are not starved. On a pending socket error (ENOBUFS of netlink, ENETDOWN of AF_PACKET) libuv stops the poll and
 * says EBADF; reading clears the real error, which is delivered, and the poll is started again: the socket lives on.
 */
static void on_readable(uv_poll_t *poll, int status, int events) {
  channel *c = poll->data;
  (void)events;
  if (status < 0) uv_poll_start(poll, UV_READABLE, on_readable);
  for (unsigned i = 0; i < c->batch; i++) prepare(&c->headers[i].msg_hdr, &c->slots[i]);
  int count = recvmmsg(c->fd, c->headers, c->batch, MSG_DONTWAIT, NULL);
  int error = count < 0 ? errno : 0;
  if (error == EAGAIN || error == EINTR) {
    socklen_t length = sizeof error;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
    if (error == 0) return;
  }
  deliver(c, error, count < 0 ? 0 : count);
}

/* open(domain, type, protocol): a socket value, or a negative errno. */
static napi_value open_socket(napi_env env, channel *c, napi_value *values) {
  napi_value result;
  int type = integer(env, values[1]) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  int fd = socket(integer(env, values[0]), type, integer(env, values[2]));
  if (fd < 0) return number(env, -errno);
  c = malloc(sizeof *c);
  if (c == NULL) return close(fd), number(env, -ENOMEM);
  *c = (channel){.fd = fd, .references = 1, .env = env};
  napi_create_external(env, c, on_collected, NULL, &result);
  return result;
}

/* setOption(socket, level, name, value: number | Uint8Array) */
static napi_value set_option(napi_env env, channel *c, napi_value *values) {
  size_t length;
  int value = integer(env, values[3]);
  void *data = bytes(env, values[3], &length);
  if (data == NULL) data = &value, length = sizeof value;
  int failed = setsockopt(c->fd, integer(env, values[1]), integer(env, values[2]), data, length);
  return number(env, failed ? -errno : 0);
}

/* bind(socket, sockaddr: Uint8Array) */
static napi_value bind_socket(napi_env env, channel *c, napi_value *values) {
  size_t length;
  void *address = bytes(env, values[1], &length);
  return number(env, bind(c->fd, address, length) ? -errno : 0);
}

/* send(socket, data: Uint8Array, sockaddr: Uint8Array | undefined): octets sent */
static napi_value send_datagram(napi_env env, channel *c, napi_value *values) {
  size_t length, address_length;
  void *data = bytes(env, values[1], &length);
  void *address = bytes(env, values[2], &address_length);
  long sent = sendto(c->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address_length);
  return number(env, sent < 0 ? -errno : sent);
}

/* watch(socket, handler, batch, size): an ArrayBuffer that begins with `batch` entries, or a negative errno. Calls
 * handler(error, count) in every turn in which something arrived; what arrived is overwritten in the next one. */
static napi_value watch(napi_env env, channel *c, napi_value *values) {
  napi_value name, memory;
  uv_loop_t *loop;
  int batch = integer(env, values[2]), size = integer(env, values[3]);
  if (c->memory != NULL || c->closing || batch < 1 || batch > MAXIMUM_BATCH || size < 1) return number(env, -EINVAL);
  size_t octets = batch * (sizeof *c->headers + sizeof *c->slots + sizeof *c->memory + size);
  c->memory = calloc(1, octets);
  if (c->memory == NULL) return number(env, -ENOMEM);
  c->slots = (slot *)(c->memory + batch);
  c->headers = (struct mmsghdr *)(c->slots + batch);
  unsigned char *data = (unsigned char *)(c->headers + batch);
  for (int i = 0; i < batch; i++) c->slots[i].data = (struct iovec){data + (size_t)i * size, size};
  napi_get_uv_event_loop(env, &loop);
  int failed = uv_poll_init_socket(loop, &c->poll, c->fd);
  if (failed) return number(env, failed);
  c->batch = batch, c->watching = 1, c->references += 2, c->poll.data = c;
  napi_create_string_utf8(env, "understudy.rawio", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &c->context);
  napi_create_reference(env, values[1], 1, &c->handler), napi_create_reference(env, values[0], 1, &c->self);
  napi_add_async_cleanup_hook(env, on_cleanup, c, &c->cleanup);
  uv_poll_start(&c->poll, UV_READABLE, on_readable);
  napi_create_external_arraybuffer(env, c->memory, octets, on_memory_collected, c, &memory);
  return memory;
}

static napi_value close_socket(napi_env env, channel *c, napi_value *values) { return (void)values, shut(c), number(env, 0); }

/* receive(socket): [data, sockaddr, control, flags], or a negative errno (EAGAIN where nothing waits). */
static napi_value receive(napi_env env, channel *c, napi_value *values) {
  unsigned char memory[SYNCHRONOUS_BYTES];
  slot place = {.data = {memory, sizeof memory}};
  struct msghdr header;
  prepare(&header, &place);
  ssize_t length = recvmsg(c->fd, &header, MSG_DONTWAIT);
  if (length < 0) return number(env, -errno);
  return copy(env, &header, length);
}

typedef struct { const char *name; napi_value (*function)(napi_env, channel *, napi_value *); } operation;
static const operation operations[] = {{"open", open_socket}, {"setOption", set_option}, {"bind", bind_socket},
  {"send", send_datagram}, {"receive", receive}, {"watch", watch}, {"close", close_socket}};

/* The entrance of all functions; the first argument of all but open() is a socket value. */
static napi_value enter(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value values[4];
  void *chosen, *data = NULL;
  napi_get_cb_info(env, info, &count, values, NULL, &chosen);
  if (chosen != operations && napi_get_value_external(env, values[0], &data) != napi_ok)
    return napi_throw_type_error(env, NULL, "the first argument is no socket"), NULL;
  return ((const operation *)chosen)->function(env, data, values);
}

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    napi_value function;
    napi_create_function(env, operations[i].name, NAPI_AUTO_LENGTH, enter, (void *)&operations[i], &function);
    napi_set_named_property(env, exports, operations[i].name, function);
  }
  return exports;
}
