/** Raw access to an API server: JSON text in, JSON text out, nothing of a client library in between. */

import { Agent, request } from 'undici';

export interface KubernetesCredentials {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** Bearer token. */
  readonly token: string;
}

/** Where `kubectl proxy --unix-socket` listens: it brings the credentials of a kubeconfig, whatever their kind. */
export interface KubectlProxy {
  readonly url: 'http://localhost';
  readonly socketPath: string;
}

export interface ApiRequestOptions {
  /** Sent as it is if it is a string, so that numbers JavaScript cannot hold survive; else as JSON. */
  readonly body?: string | object;
  /** Default `application/json`; patches need theirs. */
  readonly contentType?: string;
  /** Milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

export interface ApiResponse {
  readonly status: number;
  /** The body, byte for byte: parse it with a reviver where integers beyond 2^53 matter. */
  readonly text: string;
}

/** The API server said no. */
class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class KubernetesApi {
  readonly #access: KubernetesCredentials | KubectlProxy;
  readonly #agent: Agent;

  constructor(access: KubernetesCredentials | KubectlProxy) {
    this.#access = access;
    const how = 'socketPath' in access ? { socketPath: access.socketPath } : { ca: access.ca };
    this.#agent = new Agent({ connect: { ...how, timeout: 2_000 }, keepAliveTimeout: 5_000 });
  }

  /** Any answer is a result, refusals too; throws only when there is none. */
  async send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: ApiRequestOptions = {}): Promise<ApiResponse> {
    const { body, contentType = 'application/json', timeoutMs = 10_000 } = options;
    // The proxy would pass on an Authorization header in place of its own.
    const authorization = 'token' in this.#access ? { authorization: `Bearer ${this.#access.token}` } : {};
    const response = await request(this.#access.url + path, {
      dispatcher: this.#agent,
      method,
      headers: { ...authorization, accept: 'application/json', 'content-type': contentType },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.statusCode, text: await response.body.text() };
  }

  /** Like `send`, but a refusal is thrown, with the server's own message. Returns the body's text. */
  async text(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: ApiRequestOptions = {}): Promise<string> {
    const response = await this.send(method, path, options);
    if (response.status < 300) return response.text;
    throw new ApiError(response.status, `${method} ${path}: ${response.status} ${messageOf(response.text)}`);
  }

  get<T>(path: string): Promise<T> {
    return this.#parsed<T>('GET', path, {});
  }

  post<T>(path: string, body: string | object): Promise<T> {
    return this.#parsed<T>('POST', path, { body });
  }

  put<T>(path: string, body: string | object): Promise<T> {
    return this.#parsed<T>('PUT', path, { body });
  }

  delete<T>(path: string, body: string | object = {}): Promise<T> {
    return this.#parsed<T>('DELETE', path, { body });
  }

  /** A merge patch. */
  merge<T>(path: string, body: string | object): Promise<T> {
    return this.#parsed<T>('PATCH', path, { body, contentType: 'application/merge-patch+json' });
  }

  /** Server-side apply: creates or updates, forcing ownership. */
  apply<T>(path: string, body: string | object): Promise<T> {
    return this.#parsed<T>('PATCH', `${path}?fieldManager=jobs-operator-dev&force=true`, { body, contentType: 'application/apply-patch+yaml' });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #parsed<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: ApiRequestOptions): Promise<T> {
    return JSON.parse(await this.text(method, path, options)) as T;
  }
}

function messageOf(text: string): string {
  try {
    const parsed = JSON.parse(text) as { message?: string };
    return parsed.message ?? text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
