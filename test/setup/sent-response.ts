/**
 * Creates Hono's marker of a response that was already sent. Test files of one kind may share a process, and a server of an earlier file
 * replaces the global `Response`. The marker fails as an instance of the replacement.
 */
import '@hono/node-server/utils/response';
