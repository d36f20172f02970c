import { request } from 'node:http';

/** Sends a request with a `Host` header of choice, which `fetch` does not allow. Returns status and body. For use in tests. */
export function sendToHost(port: number, host: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path, headers: { host } }, (response) => {
      response.setEncoding('utf8');
      let text = `${response.statusCode} `;
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}
