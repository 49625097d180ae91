// Asking the server. Actions carry the token that came in the fragment of the page's address.

const TOKEN = "versia-inspector-token";

/** Takes the token out of the address, so that it is neither copied nor kept in the history with it. */
const takeToken = () => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
};

const hasToken = () => sessionStorage.getItem(TOKEN) !== null;

class Refused extends Error {
  constructor(status, said) {
    super(said.error ?? `the server answered ${status}`);
    this.status = status;
    this.hint = said.hint;
  }
}

/** The answer's JSON; what was refused is thrown with the server's words. */
const ask = async (path, { method = "GET", body, signal } = {}) => {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers.Authorization = `Bearer ${sessionStorage.getItem(TOKEN) ?? ""}`;
  const answer = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  const said = isJson && text ? JSON.parse(text) : { error: text };
  if (!answer.ok) throw new Refused(answer.status, said);
  return isJson ? said : text;
};

/** What went wrong, in the server's words or the browser's. */
const failure = (error) => {
  if (error instanceof Refused) return error.hint ? `${error.message}: ${error.hint}` : error.message;
  return "The server does not answer; is it still running?";
};

const withQuery = (path, query) => {
  const text = query.toString();
  return text ? `${path}?${text}` : path;
};
