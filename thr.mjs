import { Writer } from './src/storage/sqlite/writer.ts';
const run = async (label, m, from, n = 10) => { 
  const c0 = process.cpuUsage(); 
  for (let i = 0; i < n; i++) { const w = await Writer.open(m, from, `/tmp/speed/d/${process.pid}-${label}-${i}.db`, 5000); await w.close?.(); }
  const c = process.cpuUsage(c0); console.log(label, ((c.user + c.system) / 1e3 / n).toFixed(1), 'ms each'); };
const f = (p) => new URL(p, import.meta.url).href;
const b = '/tmp/wt/speed/node_modules/.cache/bundle/dist/storage/';
import { Worker } from 'node:worker_threads'; 
{ const c0 = process.cpuUsage(); for (let i = 0; i < 10; i++) { const w = new Worker(new URL('data:text/javascript,')); await new Promise(r => w.on('exit', r)); }  const c = process.cpuUsage(c0); console.log('empty', ((c.user + c.system) / 1e3 / 10).toFixed(1)); }
{ const c0 = process.cpuUsage(); for (let i = 0; i < 10; i++) { const w = new Worker(`require('/work/main/node_modules/better-sqlite3')`, {eval:true}); await new Promise(r => w.on('exit', r)); }  const c = process.cpuUsage(c0); console.log('sqlite', ((c.user + c.system) / 1e3 / 10).toFixed(1)); }
for (const k of ['', '2']) {
await run('log'+k, './sqlite-log.writer', f('./src/storage/log/sqlite-log.ts'));
await run('store'+k, './sqlite-store.writer', f('./src/storage/store/sqlite/sqlite-store.ts'));
await run('log b'+k, './sqlite-log.writer', 'file://'+b+'log/sqlite-log.js');
await run('store b'+k, './sqlite-store.writer', 'file://'+b+'store/sqlite/sqlite-store.js');
}
