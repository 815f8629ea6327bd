"""Every address of the desk. What belongs to a brand lies under its slug, and only members come through."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from amends.desk.views import (
    answer,
    case,
    case_actions,
    connecting,
    files,
    first_run,
    gestures,
    join,
    listening,
    outbox,
    queue,
    search,
    settings,
    sign_in,
)
from amends.intake.door import hook
from amends.sources.hooks import PATH as HOOKS

of_case = [
    path("", case.case, name="case"),
    path("header", case.header, name="case-header"),
    path("thread", case.thread, name="thread"),
    path("outgoing", case.outgoing, name="outgoing"),
    path("assign", case_actions.assign, name="assign"),
    path("snooze", case_actions.snooze, name="snooze"),
    path("resolve", case_actions.resolve, name="resolve"),
    path("reopen", case_actions.reopen, name="reopen"),
    path("hold", case_actions.hold, name="hold"),
    path("priority", case_actions.priority, name="priority"),
    path("tag", case_actions.tag, name="tag"),
    path("untag", case_actions.untag, name="untag"),
    path("note", case_actions.note, name="note"),
    path("presence", case_actions.presence, name="presence"),
    path("draft", answer.draft, name="draft"),
    path("answer", answer.answer, name="answer"),
    path("files/<str:ticket>", answer.attach, name="attach"),
    path("files/<int:upload_id>/remove", answer.detach, name="detach"),
    path("posts/<int:post_id>/like", gestures.like, name="like"),
    path("posts/<int:post_id>/correct", gestures.correct, name="correct"),
]
of_settings = [
    path("listening", listening.listening, name="listening"),
    path("listening/connect/<slug:channel>", connecting.connecting, name="connecting"),
    path("listening/connect/<slug:channel>/begin", connecting.connect, name="connect"),
    path("listening/connect/<slug:channel>/back", connecting.connected, name="connected"),
    path("listening/sources/<int:source_id>", listening.change_source, name="change-source"),
    path("listening/sources/<int:source_id>/pause", listening.pause, name="pause"),
    path("listening/sources/<int:source_id>/resume", listening.resume, name="resume"),
    path("listening/sources/<int:source_id>/remove", listening.remove, name="remove-source"),
    path("listening/queries", listening.add_query, name="add-query"),
    path("listening/queries/<int:query_id>", listening.change_query, name="change-query"),
    path("listening/queries/<int:query_id>/remove", listening.remove_query, name="remove-query"),
    path("listening/handles", listening.set_handles, name="set-handles"),
    path("people", settings.people, name="people"),
    path("people/invite", settings.invite, name="invite"),
    path("people/<int:user_id>/role", settings.set_role, name="set-role"),
    path("people/<int:user_id>/part", settings.part, name="part"),
    path("people/invitations/<int:invitation_id>/withdraw", settings.withdraw_invitation, name="withdraw-invitation"),
    path("people/teams", settings.make_team, name="make-team"),
    path("targets", settings.targets, name="targets"),
    path("targets/set", settings.set_targets, name="set-targets"),
    path("audit", settings.audit, name="audit"),
]
of_brand: list[URLPattern | URLResolver] = [
    path("", queue.queue, name="queue"),
    path("more", queue.more, name="more"),
    path("rows", queue.rows, name="rows"),
    path("counts", queue.counts, name="counts"),
    path("search", search.search, name="search"),
    path("outbox", outbox.outbox, name="outbox"),
    path("cases/<int:case_id>/", include(of_case)),
    path("posts/<int:post_id>/wordings", case.wordings, name="wordings"),
    path("attachments/<int:attachment_id>", case.attachment, name="attachment"),
    path("replies/<int:reply_id>/withdraw", answer.withdraw, name="withdraw"),
    path("replies/<int:reply_id>/retry", answer.retry, name="retry"),
    path("replies/<int:reply_id>/settle", answer.settle, name="settle"),
    path("settings/", include(of_settings)),
    path("demo/remove", first_run.remove_demo, name="remove-demo"),
]
urlpatterns = [
    path("", first_run.home, name="home"),
    path("start", first_run.start, name="start"),
    path("demo/start", first_run.start_demo, name="start-demo"),
    path("check-query", first_run.check_query, name="check-query"),
    path("sign-in/<str:token>", sign_in.link, name="sign-in"),
    path("join/<str:token>", join.join, name="join"),
    path(f"{HOOKS}<slug:key>", hook, name="hook"),
    path("assets/<str:digest>/<str:name>", files.asset, name="asset"),
    path("b/<slug:slug>/", include(of_brand)),
]
