// y-websocket's own server on a free port of loopback, and the page of its tabs. Its argument is the folder in which the
// packages are installed.
const fs = require('fs');
const http = require('http');
const path = require('path');

const packages = process.argv[2];
const load = name => require(require.resolve(name, { paths: [packages] }));
const { WebSocketServer } = load('ws');
const { setupWSConnection } = load('y-websocket/bin/utils');

const script = load('esbuild').buildSync({
  entryPoints: [path.join(__dirname, 'tab.js')],
  bundle: true,
  minify: true,
  write: false,
  nodePaths: [path.join(packages, 'node_modules')],
}).outputFiles[0].text;
const page = fs.readFileSync(path.join(__dirname, 'tab.html'));

const server = http.createServer((request, response) => {
  const [type, body] = request.url === '/tab.js' ? ['text/javascript', script] : ['text/html', page];
  response.writeHead(200, { 'content-type': type });
  response.end(body);
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', setupWSConnection);
server.listen(0, '127.0.0.1', () => console.log(`ready: http://127.0.0.1:${server.address().port}`));
