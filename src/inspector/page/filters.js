// The filters, by the names that `inbox list` has for them.

const filterForm = byId("filters");

/** The filters that are set, as a query. */
const filterQuery = () => {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(filterForm)) {
    if (value.trim()) query.set(name, value.trim());
  }
  return query;
};

/** The command that lists the same. */
const inboxCommand = (query) => {
  const quoted = (text) => (/^[\w.,:@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
  return ["versia-cli inbox list", ...[...query].map(([name, value]) => `--${name} ${quoted(value)}`)].join(" ");
};

const toggleMore = (open) => {
  byId("more-filters").hidden = !open;
  byId("more").setAttribute("aria-expanded", String(open));
  byId("more").textContent = open ? "Less" : "More";
};

const startFilters = (changed) => {
  let soon;
  const later = (wait) => {
    clearTimeout(soon);
    byId("clear").disabled = filterQuery().size === 0;
    soon = setTimeout(changed, wait);
  };
  filterForm.addEventListener("input", (event) => later(event.target.tagName === "SELECT" ? 0 : 200));
  filterForm.addEventListener("submit", (event) => {
    event.preventDefault();
    later(0);
  });
  filterForm.addEventListener("reset", () => setTimeout(() => later(0)));
  byId("more").addEventListener("click", () => toggleMore(byId("more-filters").hidden));
};

const showFilterError = (text) => {
  byId("filter-error").hidden = !text;
  replace(byId("filter-error"), visible(text ?? ""));
};

/** Adds the types that have been seen to those that the field suggests. */
const suggestTypes = (() => {
  const seen = new Set();
  return (rows) => {
    for (const { kind } of rows) {
      if (!kind || kind.length > 80 || seen.size > 100 || seen.has(kind)) continue;
      seen.add(kind);
      byId("types").append(make("option", { value: kind }));
    }
  };
})();
