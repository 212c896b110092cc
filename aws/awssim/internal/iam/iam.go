// Package iam tells what the policies of users and roles say. The account has none: a
// function decides.
package iam

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/sts"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/"

// Question is whether somebody may do something.
type Question struct {
	Principal, Action, Resource string
	Context                     map[string]string // by key of conditions
}

// Decision is what the policies say.
type Decision struct {
	Decision string   // allowed, implicitDeny, explicitDeny
	Missing  []string // keys of conditions that were not given
	// Organization and Boundary say that it is they who deny.
	Organization, Boundary bool
}

// Options for [Operations].
type Options struct {
	Account string
	Now     func() time.Time
	Pages   func() wire.Quirks
	// Decide is asked about everything; its answer nil: nothing is denied.
	Decide func() func(q Question) Decision
	// Roles returns the ARNs of the roles that have a path. Others have none.
	Roles func() []string
	// Nested says that the results are within one for each action.
	Nested func() bool
}

// Operations are the calls of the service.
func Operations(o Options) map[string]wire.Operation {
	s := service{o, wire.Pager{Now: o.Now, Quirks: o.Pages, Refuse: func(reason string) *wire.Error { return invalid("Invalid marker: %s", reason) }}}
	return map[string]wire.Operation{"SimulatePrincipalPolicy": form(s.simulate), "GetRole": form(s.role)}
}

type service struct {
	o     Options
	pager wire.Pager
}

func form(f func(in url.Values) (any, error)) wire.Operation {
	return func(_ context.Context, call *wire.Call) (*wire.Reply, error) {
		in, err := url.ParseQuery(string(call.Body))
		if err != nil {
			return nil, wire.Errorf("MalformedQueryString", "%v", err)
		}
		out, err := f(in)
		if err != nil {
			return nil, err
		}
		return wire.XMLReply(out), nil
	}
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidInput", format, args...)
}

func absent(format string, args ...any) *wire.Error {
	return wire.StatusErrorf(http.StatusNotFound, "NoSuchEntity", format, args...)
}

// members reads a list of the query protocol.
func members(in url.Values, name string) []string {
	var all []string
	for n := 1; in.Has(name + ".member." + strconv.Itoa(n)); n++ {
		all = append(all, in.Get(name+".member."+strconv.Itoa(n)))
	}
	return all
}

func (s service) role(in url.Values) (any, error) {
	name := in.Get("RoleName")
	arn := fmt.Sprintf("arn:aws:iam::%s:role/%s", s.o.Account, name)
	for _, other := range s.o.Roles() {
		if strings.HasSuffix(other, "/"+name) {
			arn = other
		}
	}
	out := getRole{Xmlns: namespace}
	out.Metadata.RequestID = wire.RequestID
	_, path, _ := strings.Cut(arn, ":role")
	out.Result.Role = role{
		Path: strings.TrimSuffix(path, name), RoleName: name, Arn: arn,
		RoleID: "AROA" + sts.PrincipalID(arn)[4:], CreateDate: s.o.Now().UTC().Format(time.RFC3339),
	}
	return out, nil
}

// known reports whether there is a user or role with an ARN: all users, and those roles
// whose path is in it.
func (s service) known(arn string) bool {
	_, name, ok := strings.Cut(arn, ":role/")
	if !ok {
		return strings.Contains(arn, ":user/") || strings.Contains(arn, ":group/")
	}
	if strings.Contains(name, "/") {
		return slices.Contains(s.o.Roles(), arn)
	}
	return !slices.ContainsFunc(s.o.Roles(), func(other string) bool { return strings.HasSuffix(other, "/"+name) })
}

func (s service) simulate(in url.Values) (any, error) {
	arn := in.Get("PolicySourceArn")
	actions, resources := members(in, "ActionNames"), members(in, "ResourceArns")
	switch {
	case len(actions) == 0:
		return nil, invalid("ActionNames is empty")
	case !strings.Contains(arn, ":iam::"):
		return nil, invalid("Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
	case !s.known(arn):
		return nil, absent("The entity %s cannot be found.", arn)
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	size := 100
	if text := in.Get("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return nil, wire.Errorf("ValidationError", "MaxItems is not between 1 and 1000")
		}
		size = n
	}
	marker := in.Get("Marker")
	given := entries(in)
	var all []result
	for _, action := range actions {
		all = append(all, s.results(Question{Principal: arn, Action: action, Context: given}, resources)...)
	}
	page, err := wire.Paginate(s.pager, all, func(r result) string { return r.Action + " " + r.Resource }, size, &marker)
	if err != nil {
		return nil, err
	}
	out := simulation{Xmlns: namespace}
	out.Metadata.RequestID = wire.RequestID
	out.Result.Results.Member = page.Items
	if page.Next != nil {
		out.Result.IsTruncated, out.Result.Marker = true, *page.Next
	}
	return out, nil
}

// results are the answers about an action.
func (s service) results(q Question, resources []string) []result {
	var all []result
	for _, resource := range resources {
		q.Resource = resource
		all = append(all, s.result(q))
	}
	if !s.o.Nested() {
		return all
	}
	one := result{Action: q.Action, Resource: "*", Decision: all[0].Decision}
	one.Specific = &specifics{}
	for _, r := range all {
		one.Specific.Member = append(one.Specific.Member, specific{Resource: r.Resource, Decision: r.Decision, Missing: r.Missing, Boundary: r.Boundary})
	}
	return []result{one}
}

func (s service) result(q Question) result {
	d := Decision{Decision: "allowed"}
	if decide := s.o.Decide(); decide != nil {
		d = decide(q)
	}
	r := result{Action: q.Action, Resource: q.Resource, Decision: d.Decision, Missing: list{Member: d.Missing}}
	if d.Organization {
		r.Organization = &organization{}
	}
	if d.Boundary {
		r.Boundary = &boundary{}
	}
	return r
}

// entries are the keys of conditions that are given, of one value each.
func entries(in url.Values) map[string]string {
	all := make(map[string]string)
	for n := 1; ; n++ {
		entry := "ContextEntries.member." + strconv.Itoa(n) + "."
		if !in.Has(entry + "ContextKeyName") {
			return all
		}
		all[in.Get(entry+"ContextKeyName")] = in.Get(entry + "ContextKeyValues.member.1")
	}
}

type metadata struct {
	RequestID string `xml:"RequestId"`
}

type role struct {
	Path       string
	RoleName   string
	RoleID     string `xml:"RoleId"`
	Arn        string
	CreateDate string
}

type getRole struct {
	XMLName xml.Name `xml:"GetRoleResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		Role role
	} `xml:"GetRoleResult"`
	Metadata metadata `xml:"ResponseMetadata"`
}

type list struct {
	Member []string `xml:"member"`
}

type organization struct {
	Allowed bool `xml:"AllowedByOrganizations"`
}

type boundary struct {
	Allowed bool `xml:"AllowedByPermissionsBoundary"`
}

type specific struct {
	Resource string    `xml:"EvalResourceName"`
	Decision string    `xml:"EvalResourceDecision"`
	Missing  list      `xml:"MissingContextValues"`
	Boundary *boundary `xml:"PermissionsBoundaryDecisionDetail"`
}

type specifics struct {
	Member []specific `xml:"member"`
}

type result struct {
	Action       string        `xml:"EvalActionName"`
	Resource     string        `xml:"EvalResourceName"`
	Decision     string        `xml:"EvalDecision"`
	Missing      list          `xml:"MissingContextValues"`
	Organization *organization `xml:"OrganizationsDecisionDetail"`
	Boundary     *boundary     `xml:"PermissionsBoundaryDecisionDetail"`
	Specific     *specifics    `xml:"ResourceSpecificResults"`
}

type simulation struct {
	XMLName xml.Name `xml:"SimulatePrincipalPolicyResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		IsTruncated bool
		Results     struct {
			Member []result `xml:"member"`
		} `xml:"EvaluationResults"`
		Marker string `xml:",omitempty"`
	} `xml:"SimulatePrincipalPolicyResult"`
	Metadata metadata `xml:"ResponseMetadata"`
}
