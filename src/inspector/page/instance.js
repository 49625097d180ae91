// The instance that is recorded: to post through it, to answer who wants to follow, to make it fail on purpose.

const sideDialog = byId("instance");

const act = async (path, options, done) => {
  try {
    const answer = await ask(path, options);
    say(done);
    return answer;
  } catch (error) {
    say(failure(error));
    return undefined;
  }
};

const TYPES = ["Note", "Follow", "Unfollow", "Delete", "pub.versia:likes/Like", "pub.versia:likes/Dislike", "pub.versia:reactions/Reaction", "pub.versia:share/Share"];

const postForm = (overview) => {
  const author = make("select", { id: "post-author" }, overview.users.map((user) => make("option", { value: user.name }, visible(user.name))));
  const kind = make("select", { id: "post-type" }, TYPES.map((type) => make("option", { value: type }, type)));
  const content = make("textarea", { id: "post-content", rows: "3" });
  const more = make("textarea", { id: "post-more", rows: "2", spellcheck: "false", placeholder: '{"replies_to": "b.example:1"}' });
  const said = make("p", { class: "said bad", role: "alert" });
  return make(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        replace(said);
        let entity = { type: kind.value, author: author.value };
        if (content.value.trim()) entity.content = content.value;
        try {
          if (more.value.trim()) entity = { ...entity, ...JSON.parse(more.value) };
        } catch {
          replace(said, "Further fields are a JSON object, such as {\"subject\": \"x\"}");
          return;
        }
        try {
          const posted = await ask("/api/post", { method: "POST", body: entity });
          say(posted.to.length > 0 ? `Posted; it goes to ${posted.to.join(", ")}` : "Posted; nobody follows, so it goes to nobody");
          content.value = "";
        } catch (error) {
          replace(said, visible(failure(error)));
        }
      },
    },
    make("div", { class: "pair" },
      make("div", {}, make("label", { class: "label", for: "post-author" }, "Author"), author),
      make("div", {}, make("label", { class: "label", for: "post-type" }, "Type"), kind)),
    make("div", {}, make("label", { class: "label", for: "post-content" }, "Content"), content),
    make("div", {}, make("label", { class: "label", for: "post-more" }, "Further fields, as JSON"), more),
    said,
    make("div", { class: "buttons" }, make("button", { type: "submit", class: "primary", disabled: !hasToken() }, "Post")),
  );
};

/** A user by name, where it is one of this instance's. */
const named = (reference, overview) => {
  const own = overview.users.find((user) => reference === `${overview.domain}:${user.id}`);
  return own ? own.name : reference;
};

const followsList = ({ follows, overview }) => {
  if (follows.length === 0) return make("p", { class: "soft" }, "Nobody follows, and nobody asked to.");
  // Who waits for an answer comes first.
  const inOrder = follows.toSorted((one, other) => (other.state === "pending") - (one.state === "pending"));
  const answer = async (follow, accept) => {
    await act("/api/follows/answer", { method: "POST", body: { id: follow.id, accept } }, accept ? "Accepted" : "Rejected");
    drawInstance();
  };
  return make("ul", { class: "things" }, inOrder.map((follow) => make(
    "li",
    {},
    make("div", { class: "what" },
      make("code", {}, visible(named(follow.follower, overview))), " ", follow.state === "accepted" ? "follows" : "asks to follow", " ", make("code", {}, visible(named(follow.followee, overview))),
      make("div", { class: "soft" }, follow.state)),
    follow.direction === "in" && follow.state === "pending" && [
      make("button", { type: "button", disabled: !hasToken(), onclick: () => answer(follow, true) }, "Accept"),
      make("button", { type: "button", disabled: !hasToken(), onclick: () => answer(follow, false) }, "Reject"),
    ],
  )));
};

const followForm = (overview) => {
  const whom = make("input", { id: "follow-whom", placeholder: "alice@a.example", spellcheck: "false", required: true });
  const who = make("select", { id: "follow-who" }, overview.users.map((user) => make("option", { value: user.name }, visible(user.name))));
  return make(
    "form",
    {
      class: "row-form",
      onsubmit: async (event) => {
        event.preventDefault();
        if (await act("/api/follows", { method: "POST", body: { who: who.value, whom: whom.value.trim() } }, "Asked to follow")) drawInstance();
      },
    },
    make("div", {}, make("label", { class: "label", for: "follow-who" }, "Have"), who),
    make("div", {}, make("label", { class: "label", for: "follow-whom" }, "follow"), whom),
    make("button", { type: "submit", disabled: !hasToken() }, "Follow"),
  );
};

const faultsList = (faults) => {
  const text = make("input", { id: "fault", placeholder: "status=503 for=3 retry-after=2", spellcheck: "false", required: true, list: "faults-known" });
  const known = make("datalist", { id: "faults-known" }, ["status=503 for=3 retry-after=2", "slow=2s", "drop", "reset-after=100B", "garbage", "unsigned", "wrong-key", "stale", "ratelimit=10/60s"].map((value) => make("option", { value })));
  const change = async (path, options, done) => {
    if (await act(path, options, done)) drawInstance();
  };
  return [
    faults.length === 0
      ? make("p", { class: "soft" }, "Nothing goes wrong on purpose.")
      : make("ul", { class: "things" }, faults.map((fault) => make(
          "li",
          {},
          make("div", { class: "what" },
            make("code", {}, visible(fault.fault)),
            make("div", { class: "soft" }, `happened ${counted(fault.befell, "time")}${fault.left === undefined ? "" : `, ${fault.left} left`}`)),
          make("button", { type: "button", disabled: !hasToken(), onclick: () => change(`/api/faults/${fault.id}`, { method: "DELETE" }, "Taken away") }, "Off", make("span", { class: "unseen" }, ": ", visible(fault.fault))),
        ))),
    make(
      "form",
      { class: "row-form", onsubmit: (event) => { event.preventDefault(); change("/api/faults", { method: "POST", body: { fault: text.value.trim() } }, "It goes wrong from now on"); } },
      make("div", {}, make("label", { class: "label", for: "fault" }, "Have go wrong"), text, known),
      make("button", { type: "submit", disabled: !hasToken() }, "On"),
    ),
  ];
};

let drawnState;
/** Draws what the instance is now; what is being written in the form for posts stays. */
const drawInstance = async () => {
  let state;
  try {
    state = await ask("/api/instance");
  } catch (error) {
    say(failure(error));
    return;
  }
  const { overview, faults } = state;
  const isSame = drawnState === JSON.stringify(state);
  drawnState = JSON.stringify(state);
  if (isSame && byId("instance-follows")) return;
  byId("instance-follows") && replace(byId("instance-follows"), followsList(state));
  byId("instance-faults") && replace(byId("instance-faults"), faultsList(faults));
  if (byId("instance-follows")) return;
  replace(
    sideDialog,
    make("div", { class: "side-head" }, make("h2", { id: "instance-title" }, visible(overview.domain)), make("button", { type: "button", class: "square", "aria-label": "Close", onclick: () => sideDialog.close() }, "✕")),
    facts([
      ["Key", overview.key],
      ["Follows are", { accept: "accepted", reject: "rejected", manual: "answered by hand", ignore: "not answered" }[overview.policy]],
      ["Users", overview.users.map((user) => `${user.name} (${counted(user.followers, "follower")})`).join(", ")],
      ["Entities", `${overview.entities} of its own, ${overview.received} received`],
    ]),
    !hasToken() && make("p", { class: "finding warning" }, "Without its token this page only shows. Open the address that was printed, with the token behind the #."),
    make("section", {}, make("h3", {}, "Post"), postForm(overview)),
    make("section", {}, make("h3", {}, "Follows"), make("div", { id: "instance-follows" }, followsList(state)), followForm(overview)),
    make("section", {}, make("h3", {}, "Faults"), make("div", { id: "instance-faults" }, faultsList(faults))),
  );
};

const openInstance = async () => {
  replace(sideDialog);
  await drawInstance();
  sideDialog.showModal();
};
